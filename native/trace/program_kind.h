// What kind of program a file is, as far as it decides whether a preload library can enter it.
//
// A pure function of the file's bytes, which are untrusted: it reads nothing outside them and never loops for long.
// Needs neither the C++ library nor memory, since the preload library asks too, before a program starts another.
// Source: System V ABI, "Object Files" and "Program Loading"; execve(2) for scripts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chunkmark::trace {

enum class ProgramKind : std::uint32_t {
  kTraceable = 0,
  kScript = 1,        // of the interpreter that is told
  kUnknown = 2,       // neither a program of this system nor a script
  kStatic = 3,        // no dynamic loader comes, which would load the library
  kOtherWidth = 4,    // of 32 bits where this is 64, or the reverse
  kOtherMachine = 5,  // of another processor
  kOtherLoader = 6,   // of another C library, which cannot load a library made for this one
  kSanitized = 7,     // with a runtime that must come first
  // What no file's bytes tell:
  kSetUserId = 8,      // or set-group-ID, or with capabilities: the loader lets nothing into it
  kNoEnvironment = 9,  // started without the tracer's variables
};

struct Program {
  ProgramKind kind = ProgramKind::kUnknown;
  const char* interpreter = nullptr;  // of a script; within the bytes, not terminated
  std::size_t interpreter_bytes = 0;
};

Program look_at_program(const unsigned char* bytes, std::size_t size);

// Whether the dynamic loader of such a program would choke on the library, so that it must not find it. Others simply
// never look.
constexpr bool refuses_library(ProgramKind kind) {
  return kind == ProgramKind::kOtherWidth || kind == ProgramKind::kOtherMachine || kind == ProgramKind::kOtherLoader ||
         kind == ProgramKind::kSanitized;
}

// Why such a program is not traced: "statically linked". Null for those that are.
const char* reason_text(ProgramKind kind);

}  // namespace chunkmark::trace
