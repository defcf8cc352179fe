// The call frame tables of loaded modules: what the exception handling tables say of one address.
// Pure reading of memory that must stay loaded. Source: see call_frame.h.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

#if defined(__x86_64__)
constexpr std::uint64_t kFramePointerColumn = 6, kStackPointerColumn = 7, kReturnColumn = 16;
#else
constexpr std::uint64_t kFramePointerColumn = 29, kStackPointerColumn = 31, kReturnColumn = 30;
#endif

// How the caller's value of a register is had. "cfa" is the canonical frame address: the caller's stack pointer.
struct RegisterRule {
  enum Kind : std::uint8_t { kSame, kUndefined, kAtOffset, kOffset, kAtExpression, kExpression, kUnknown };
  Kind kind;
  std::int64_t offset;              // from the cfa
  const unsigned char* expression;  // its length, then itself
};

struct FrameRules {
  std::uint64_t cfa_column;  // and cfa_offset, unless there is an expression
  std::int64_t cfa_offset;
  const unsigned char* cfa_expression;
  RegisterRule frame_pointer, return_address;
  bool is_signal;  // the frame that the kernel made for a handler
};

// Where the function at an address begins and ends, or that part of it which lies together; false where none is told.
bool find_function(const unsigned char* header, std::uint64_t address, std::uint64_t& begin, std::uint64_t& end);

// The rules at an address; false where the module has none. `header` is the module's segment PT_GNU_EH_FRAME.
bool find_frame_rules(const unsigned char* header, std::uint64_t address, FrameRules& rules);

// Registers that an expression may name. False if it asks for another, or for what is not known here.
bool evaluate(const unsigned char* expression, std::uint64_t pc, std::uint64_t stack_pointer,
              std::uint64_t frame_pointer, const std::uint64_t* first, std::uint64_t& value);

}  // namespace chunkmark::trace
