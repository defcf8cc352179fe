// ElfSymbols: the dynamic symbols of one loaded module, read from the tables that the module carries in memory.
//
// What dlsym would answer, without dlsym: no lock of the loader's, no allocation, no system call. The module must stay
// loaded meanwhile. Source: System V ABI, "Dynamic Linking"; the GNU hash table as the linkers write it.
#pragma once

#include <link.h>

#include <cstdint>

namespace chunkmark::trace {

// The hash that GNU hash tables are ordered by.
constexpr std::uint32_t gnu_hash(const char* name) {
  std::uint32_t hash = 5381;
  for (; *name != '\0'; ++name) hash = hash * 33 + static_cast<unsigned char>(*name);
  return hash;
}

class ElfSymbols {
 public:
  ElfSymbols(ElfW(Addr) base, const ElfW(Dyn) * dynamic);

  // The definition that a reference without a version is bound to; null if the module defines no such symbol.
  const ElfW(Sym) * find(const char* name) const { return find(name, gnu_hash(name)); }
  const ElfW(Sym) * find(const char* name, std::uint32_t hash) const;

  // Where a symbol is. Of an indirect function: what its resolver answers, which the loader must have relocated.
  void* address(const ElfW(Sym) & symbol) const;

 private:
  bool is_definition(std::uint32_t index, const char* name) const;
  const ElfW(Sym) * find_by_system_v(const char* name) const;

  ElfW(Addr) base_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* names_ = nullptr;
  const ElfW(Half) * versions_ = nullptr;
  const std::uint32_t* gnu_table_ = nullptr;
  const std::uint32_t* system_v_table_ = nullptr;
};

}  // namespace chunkmark::trace
