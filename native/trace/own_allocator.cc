#include "native/trace/own_allocator.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace chunkmark::trace {
namespace {

struct Sign {
  std::string_view text;
  const char* allocator;
};
// Names of functions, whatever prefix they were built with.
constexpr std::array kSymbols{
    Sign{"mallocx", "jemalloc"},
    Sign{"je_malloc", "jemalloc"},
    Sign{"je_mallocx", "jemalloc"},
    Sign{"_rjem_malloc", "jemalloc"},
    Sign{"_rjem_mallocx", "jemalloc"},
    Sign{"mi_malloc", "mimalloc"},
    Sign{"_mi_malloc_generic", "mimalloc"},
    Sign{"tc_malloc", "tcmalloc"},
    Sign{"rpmalloc", "rpmalloc"},
};
// What their messages begin with: all that is left of one in a file without symbols.
constexpr std::array kMessages{Sign{"<jemalloc>: ", "jemalloc"}, Sign{"mimalloc: ", "mimalloc"}};

struct Found {
  bool is_program = false, has_name = false;  // by its segments and its dynamic section
  bool defines_malloc = false, is_python = false;
  std::string allocator;
};

void read_symbols(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, Found& found) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const int count = static_cast<int>(data->d_size / header.sh_entsize);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, i, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) continue;
    const char* text = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (text == nullptr) continue;
    const std::string_view name(text);
    if (header.sh_type == SHT_DYNSYM) {
      found.defines_malloc |= name == "malloc";
      found.is_python |= name == "PyMem_RawMalloc";
    }
    for (const Sign& sign : kSymbols) {
      if (name == sign.text) found.allocator = sign.allocator;
    }
  }
}

void read_dynamic(Elf_Scn* section, const GElf_Shdr& header, Found& found) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  for (int i = 0; i < static_cast<int>(data->d_size / header.sh_entsize); ++i) {
    GElf_Dyn entry;
    if (gelf_getdyn(data, i, &entry) != nullptr && entry.d_tag == DT_SONAME) found.has_name = true;
  }
}

void read_messages(Elf_Scn* section, Found& found) {
  const Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return;
  for (const Sign& sign : kMessages) {
    if (memmem(data->d_buf, data->d_size, sign.text.data(), sign.text.size()) != nullptr) {
      found.allocator = sign.allocator;
    }
  }
}

Found read_file(Elf* elf) {
  Found found;
  std::size_t segments = 0, names = 0;
  elf_getphdrnum(elf, &segments);
  for (std::size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_INTERP) {
      found.is_program = true;
    }
  }
  if (elf_getshdrstrndx(elf, &names) != 0) return found;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = elf_strptr(elf, names, header.sh_name);
    if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) read_symbols(elf, section, header, found);
    if (header.sh_type == SHT_DYNAMIC) read_dynamic(section, header, found);
    if (name != nullptr && std::strcmp(name, ".rodata") == 0) read_messages(section, found);
  }
  return found;
}

}  // namespace

std::string own_allocator(const std::string& path) {
  elf_version(EV_CURRENT);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return "";
  Found found;
  if (Elf* elf = elf_begin(file, ELF_C_READ_MMAP, nullptr); elf != nullptr) {
    if (elf_kind(elf) == ELF_K_ELF) found = read_file(elf);
    elf_end(elf);
  }
  close(file);
  if (found.is_python) return "";  // has one built in, which its own allocation functions stand before
  const bool is_program = found.is_program && !found.has_name;  // the C library can be run too, and has a name
  if (found.defines_malloc && !is_program) return "";
  if (!found.allocator.empty()) return found.allocator;
  return found.defines_malloc ? "an allocator of its own" : "";
}

}  // namespace chunkmark::trace
