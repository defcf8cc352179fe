// What kind of program some bytes are, as far as it decides whether the tracer can enter it.
#include "native/trace/program_kind.h"

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

#include "unit/catch.h"

namespace chunkmark::trace {
namespace {

// A program of one page: header, segments, the loader's path, the dynamic section, the name table.
class Image {
 public:
  Image() : bytes_(4096) {
    header_.e_ident[EI_CLASS] = ELFCLASS64;
    header_.e_ident[EI_DATA] = ELFDATA2LSB;
    std::memcpy(header_.e_ident, ELFMAG, SELFMAG);
#if defined(__x86_64__)
    header_.e_machine = EM_X86_64;
#else
    header_.e_machine = EM_AARCH64;
#endif
    header_.e_phoff = sizeof header_;
    header_.e_phentsize = sizeof(Elf64_Phdr);
    segment(PT_LOAD, 0, bytes_.size());
  }
  Image& loader(const std::string& path) {
    put(kLoader, path.c_str(), path.size() + 1);
    return segment(PT_INTERP, kLoader, path.size() + 1);
  }
  // Libraries that it needs, and names of symbols.
  Image& names(const std::vector<std::string>& needed, const std::vector<std::string>& symbols = {}) {
    std::string table(1, '\0');
    std::vector<Elf64_Dyn> entries;
    for (const std::string& library : needed) {
      entries.push_back({DT_NEEDED, {table.size()}});
      table += library + '\0';
    }
    for (const std::string& symbol : symbols) table += symbol + '\0';
    entries.push_back({DT_STRTAB, {kBase + kNames}});
    entries.push_back({DT_STRSZ, {table.size()}});
    entries.push_back({DT_NULL, {0}});
    put(kNames, table.data(), table.size());
    put(kDynamic, entries.data(), entries.size() * sizeof entries[0]);
    return segment(PT_DYNAMIC, kDynamic, entries.size() * sizeof entries[0]);
  }
  Elf64_Ehdr& header() {
    return header_;
  }
  std::vector<unsigned char> bytes() {
    put(0, &header_, sizeof header_);
    return bytes_;
  }

 private:
  static constexpr std::size_t kLoader = 1024, kDynamic = 1536, kNames = 2048, kBase = 0x400000;
  void put(std::size_t at, const void* from, std::size_t count) {
    std::memcpy(bytes_.data() + at, from, count);
  }
  Image& segment(std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    const Elf64_Phdr made{type, PF_R, offset, kBase + offset, kBase + offset, size, size, 1};
    put(sizeof header_ + header_.e_phnum * sizeof made, &made, sizeof made);
    ++header_.e_phnum;
    return *this;
  }

  Elf64_Ehdr header_{};
  std::vector<unsigned char> bytes_;
};

ProgramKind kind_of(const std::vector<unsigned char>& bytes) {
  return look_at_program(bytes.data(), bytes.size()).kind;
}

constexpr char kLoader[] = "/lib64/ld-linux-x86-64.so.2";

TEST_CASE("a program is known by its loader and by what it needs") {
  struct Row {
    const char* name;
    Image image;
    ProgramKind kind;
  };
  Row rows[] = {
      {"dynamic", Image().loader(kLoader).names({"libc.so.6"}, {"malloc", "__cxa_finalize"}), ProgramKind::kTraceable},
      {"loader elsewhere", Image().loader("/nix/store/x/lib/ld-linux-x86-64.so.2"), ProgramKind::kTraceable},
      {"static", Image(), ProgramKind::kStatic},
      {"static, relocatable", Image().names({}), ProgramKind::kStatic},
      {"musl", Image().loader("/lib/ld-musl-x86_64.so.1"), ProgramKind::kOtherLoader},
      {"android", Image().loader("/system/bin/linker64"), ProgramKind::kOtherLoader},
      {"asan", Image().loader(kLoader).names({"libasan.so.8", "libc.so.6"}), ProgramKind::kSanitized},
      {"tsan", Image().loader(kLoader).names({"libc.so.6", "libtsan.so.2"}), ProgramKind::kSanitized},
      {"clang's, shared", Image().loader(kLoader).names({"libclang_rt.asan-x86_64.so"}), ProgramKind::kSanitized},
      {"clang's, within", Image().loader(kLoader).names({"libc.so.6"}, {"x", "__asan_init"}), ProgramKind::kSanitized},
      {"no runtime", Image().loader(kLoader).names({"libc.so.6"}, {"x__asan_init", "__asan_init_v5"}),
       ProgramKind::kTraceable},
  };
  for (Row& row : rows) {
    CAPTURE(row.name);
    CHECK(kind_of(row.image.bytes()) == row.kind);
  }
}

TEST_CASE("another width or processor is known by the header alone") {
  Image narrow, foreign, big;
  narrow.header().e_ident[EI_CLASS] = ELFCLASS32;
  foreign.header().e_machine = EM_RISCV;
  big.header().e_ident[EI_DATA] = ELFDATA2MSB;
  CHECK(kind_of(narrow.bytes()) == ProgramKind::kOtherWidth);
  CHECK(kind_of(foreign.bytes()) == ProgramKind::kOtherMachine);
  CHECK(kind_of(big.bytes()) == ProgramKind::kOtherMachine);
}

TEST_CASE("a script names its interpreter, however the line is written") {
  const auto interpreter = [](const std::string& text) {
    const Program program = look_at_program(reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return program.kind == ProgramKind::kScript ? std::string(program.interpreter, program.interpreter_bytes) : "none";
  };
  CHECK(interpreter("#!/bin/sh\nexit\n") == "/bin/sh");
  CHECK(interpreter("#! /usr/bin/env python3\n") == "/usr/bin/env");
  CHECK(interpreter("#!\t/bin/x\t-e") == "/bin/x");
  CHECK(interpreter("#!/bin/sh") == "/bin/sh");
  CHECK(interpreter("#!\n") == "none");
  CHECK(interpreter("#!") == "none");
  CHECK(interpreter("echo") == "none");
  CHECK(interpreter("") == "none");
}

TEST_CASE("a program that is cut or lies about its places is looked at without harm") {
  const std::vector<unsigned char> whole = Image().loader(kLoader).names({"libasan.so.8"}, {"__asan_init"}).bytes();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::vector<unsigned char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    kind_of(cut);
  }
  for (std::size_t i = 16; i < 2304; ++i) {
    std::vector<unsigned char> wrong = whole;
    for (const unsigned char value : {0x00, 0x7f, 0xff}) {
      wrong[i] = value;
      kind_of(wrong);
    }
  }
  CHECK(kind_of(whole) == ProgramKind::kSanitized);
  for (std::uint32_t kind = 0; kind <= static_cast<std::uint32_t>(ProgramKind::kNoEnvironment); ++kind) {
    const auto each = static_cast<ProgramKind>(kind);
    if (refuses_library(each)) CHECK(reason_text(each) != nullptr);
  }
}

}  // namespace
}  // namespace chunkmark::trace
