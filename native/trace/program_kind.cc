#include "native/trace/program_kind.h"

#include <elf.h>

namespace chunkmark::trace {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#endif

constexpr std::uint32_t kMaxSegments = 128;         // real programs have about ten
constexpr std::uint64_t kMaxDynamicEntries = 4096;  // and about thirty of these
constexpr std::uint64_t kMaxNameTable = 256 << 20;

// The file's bytes, of which any number from the file may ask for any.
struct Bytes {
  const unsigned char* data;
  std::size_t size;

  bool holds(std::uint64_t offset, std::uint64_t count) const { return offset <= size && count <= size - offset; }

  template <typename T>
  bool read(std::uint64_t offset, T& value) const {
    if (!holds(offset, sizeof value)) return false;
    auto* to = reinterpret_cast<unsigned char*>(&value);
    for (std::size_t i = 0; i < sizeof value; ++i) to[i] = data[offset + i];
    return true;
  }
};

bool contains(const unsigned char* text, std::size_t length, const char* wanted) {
  std::size_t bytes = 0;
  while (wanted[bytes] != '\0') ++bytes;
  for (std::size_t i = 0; i + bytes <= length; ++i) {
    std::size_t same = 0;
    while (same < bytes && text[i + same] == static_cast<unsigned char>(wanted[same])) ++same;
    if (same == bytes) return true;
  }
  return false;
}

// "#!", spaces, the interpreter, then the end of the line or spaces and an argument.
Program look_at_script(const Bytes& file) {
  constexpr std::size_t kLineBytes = 256;  // as far as the kernel looks
  const std::size_t end = file.size < kLineBytes ? file.size : kLineBytes;
  const auto is_space = [&](std::size_t i) { return file.data[i] == ' ' || file.data[i] == '\t'; };
  std::size_t begin = 2;
  while (begin < end && is_space(begin)) ++begin;
  std::size_t last = begin;
  while (last < end && !is_space(last) && file.data[last] != '\n' && file.data[last] != '\0') ++last;
  if (last == begin) return {};
  return {ProgramKind::kScript, reinterpret_cast<const char*>(file.data) + begin, last - begin};
}

bool is_same(const Bytes& file, std::uint64_t offset, std::uint64_t size, const char* wanted) {
  std::uint64_t i = 0;
  for (; wanted[i] != '\0'; ++i) {
    if (i >= size || file.data[offset + i] != static_cast<unsigned char>(wanted[i])) return false;
  }
  return i < size && file.data[offset + i] == '\0';
}

// A sanitizer's runtime is either a library that the program needs, or in the program, which then has its entry point.
bool is_sanitized(const Bytes& file, const Elf64_Phdr& dynamic, std::uint64_t names, std::uint64_t names_bytes) {
  constexpr const char* kEntryPoints[] = {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init"};
  const unsigned char* table = file.data + names;
  for (std::uint64_t begin = 0; begin < names_bytes;) {
    std::uint64_t end = begin;
    while (end < names_bytes && table[end] != '\0') ++end;
    if (end - begin > 9 && table[begin] == '_' && table[begin + 1] == '_') {
      for (const char* entry : kEntryPoints) {
        if (is_same(file, names + begin, names_bytes - begin, entry)) return true;
      }
    }
    begin = end + 1;
  }
  constexpr const char* kLibraries[] = {"libasan", "libtsan", "liblsan", "libhwasan", "libclang_rt."};
  for (std::uint64_t i = 0; i < kMaxDynamicEntries && (i + 1) * sizeof(Elf64_Dyn) <= dynamic.p_filesz; ++i) {
    Elf64_Dyn entry;
    if (!file.read(dynamic.p_offset + i * sizeof entry, entry) || entry.d_tag == DT_NULL) break;
    if (entry.d_tag != DT_NEEDED || entry.d_un.d_val >= names_bytes) continue;
    const std::uint64_t left = names_bytes - entry.d_un.d_val;
    for (const char* library : kLibraries) {
      if (contains(table + entry.d_un.d_val, left < 16 ? left : 16, library)) return true;
    }
  }
  return false;
}

// The name table's place in the file: the dynamic section tells its address, the segments where that is from.
bool find_names(const Bytes& file, const Elf64_Ehdr& header, const Elf64_Phdr& dynamic, std::uint64_t& offset,
                std::uint64_t& size) {
  std::uint64_t address = 0;
  size = 0;
  for (std::uint64_t i = 0; i < kMaxDynamicEntries && (i + 1) * sizeof(Elf64_Dyn) <= dynamic.p_filesz; ++i) {
    Elf64_Dyn entry;
    if (!file.read(dynamic.p_offset + i * sizeof entry, entry) || entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
  }
  for (std::uint32_t i = 0; i < header.e_phnum && i < kMaxSegments; ++i) {
    Elf64_Phdr segment;
    if (!file.read(header.e_phoff + i * std::uint64_t{sizeof segment}, segment)) return false;
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) {
      continue;
    }
    offset = segment.p_offset + (address - segment.p_vaddr);
    return size <= kMaxNameTable && file.holds(offset, size);
  }
  return false;
}

}  // namespace

Program look_at_program(const unsigned char* bytes, std::size_t size) {
  const Bytes file{bytes, size};
  if (size >= 2 && bytes[0] == '#' && bytes[1] == '!') return look_at_script(file);
  if (size < EI_NIDENT || bytes[0] != ELFMAG0 || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F') return {};
  const auto is = [](ProgramKind kind) { return Program{kind, nullptr, 0}; };
  if (bytes[EI_DATA] != ELFDATA2LSB) return is(ProgramKind::kOtherMachine);
  if (bytes[EI_CLASS] != ELFCLASS64) return is(ProgramKind::kOtherWidth);
  Elf64_Ehdr header;
  if (!file.read(0, header) || header.e_phentsize != sizeof(Elf64_Phdr)) return {};
  if (header.e_machine != kMachine) return is(ProgramKind::kOtherMachine);

  Elf64_Phdr interpreter{}, dynamic{};
  for (std::uint32_t i = 0; i < header.e_phnum && i < kMaxSegments; ++i) {
    Elf64_Phdr segment;
    if (!file.read(header.e_phoff + i * std::uint64_t{sizeof segment}, segment)) return {};
    if (segment.p_type == PT_INTERP) interpreter = segment;
    if (segment.p_type == PT_DYNAMIC) dynamic = segment;
  }
  if (interpreter.p_type != PT_INTERP) return is(ProgramKind::kStatic);
  constexpr std::uint64_t kMaxPath = 4096;
  if (interpreter.p_filesz > kMaxPath || !file.holds(interpreter.p_offset, interpreter.p_filesz)) return {};
  // Wherever it lies: ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, and not ld-musl-x86_64.so.1 or linker64.
  if (!contains(bytes + interpreter.p_offset, interpreter.p_filesz, "/ld-linux")) return is(ProgramKind::kOtherLoader);
  std::uint64_t names = 0, names_bytes = 0;
  if (dynamic.p_type == PT_DYNAMIC && find_names(file, header, dynamic, names, names_bytes) &&
      is_sanitized(file, dynamic, names, names_bytes)) {
    return is(ProgramKind::kSanitized);
  }
  return is(ProgramKind::kTraceable);
}

const char* reason_text(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kStatic:
      return "statically linked";
    case ProgramKind::kOtherWidth:
      return sizeof(void*) == 8 ? "a 32-bit program" : "a 64-bit program";
    case ProgramKind::kOtherMachine:
      return "made for another processor";
    case ProgramKind::kOtherLoader:
      return "of another C library (musl)";
    case ProgramKind::kSanitized:
      return "built with a sanitizer";
    case ProgramKind::kSetUserId:
      return "set-user-ID or with capabilities";
    case ProgramKind::kNoEnvironment:
      return "started without the tracer's environment";
    default:
      return nullptr;
  }
}

}  // namespace chunkmark::trace
