#include "native/trace/preload/elf_symbols.h"

#include <string.h>
#include <sys/auxv.h>

namespace chunkmark::trace {
namespace {

constexpr ElfW(Half) kHiddenVersion = 0x8000;  // an old version, which only those that name it are bound to

std::uint32_t system_v_hash(const char* name) {
  std::uint32_t hash = 0;
  for (; *name != '\0'; ++name) {
    hash = (hash << 4) + static_cast<unsigned char>(*name);
    hash ^= (hash & 0xf0000000u) >> 24;
    hash &= 0x0fffffffu;
  }
  return hash;
}

}  // namespace

ElfSymbols::ElfSymbols(ElfW(Addr) base, const ElfW(Dyn) * dynamic) : base_(base) {
  // The loader turns offsets into addresses, but not where it may not write (the kernel's own module).
  const auto at = [base](const ElfW(Dyn) & entry) {
    return entry.d_un.d_ptr < base ? entry.d_un.d_ptr + base : entry.d_un.d_ptr;
  };
  for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
    switch (dynamic->d_tag) {
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(at(*dynamic));
        break;
      case DT_STRTAB:
        names_ = reinterpret_cast<const char*>(at(*dynamic));
        break;
      case DT_VERSYM:
        versions_ = reinterpret_cast<const ElfW(Half)*>(at(*dynamic));
        break;
      case DT_GNU_HASH:
        gnu_table_ = reinterpret_cast<const std::uint32_t*>(at(*dynamic));
        break;
      case DT_HASH:
        system_v_table_ = reinterpret_cast<const std::uint32_t*>(at(*dynamic));
        break;
      default:
        break;
    }
  }
}

bool ElfSymbols::is_definition(std::uint32_t index, const char* name) const {
  const ElfW(Sym)& symbol = symbols_[index];
  return symbol.st_shndx != SHN_UNDEF && strcmp(names_ + symbol.st_name, name) == 0 &&
         (versions_ == nullptr || (versions_[index] & kHiddenVersion) == 0);
}

// The table: buckets, first symbol, words of the filter, shift of the filter; the filter; the buckets; one hash per
// symbol from the first on, whose lowest bit ends a bucket's run.
const ElfW(Sym) * ElfSymbols::find(const char* name, std::uint32_t hash) const {
  if (symbols_ == nullptr || names_ == nullptr) return nullptr;
  if (gnu_table_ == nullptr) return find_by_system_v(name);
  const std::uint32_t buckets = gnu_table_[0], first = gnu_table_[1], filter_words = gnu_table_[2];
  if (buckets == 0 || filter_words == 0) return nullptr;
  constexpr std::uint32_t kWordBits = sizeof(ElfW(Addr)) * 8;
  const auto* filter = reinterpret_cast<const ElfW(Addr)*>(gnu_table_ + 4);
  const ElfW(Addr) word = filter[hash / kWordBits % filter_words];
  if ((word >> hash % kWordBits & word >> (hash >> gnu_table_[3]) % kWordBits & 1) == 0) return nullptr;
  const auto* bucket = reinterpret_cast<const std::uint32_t*>(filter + filter_words);
  const std::uint32_t* hashes = bucket + buckets;
  std::uint32_t index = bucket[hash % buckets];
  if (index < first) return nullptr;
  for (;; ++index) {
    const std::uint32_t found = hashes[index - first];
    if ((found | 1) == (hash | 1) && is_definition(index, name)) return &symbols_[index];
    if ((found & 1) != 0) return nullptr;
  }
}

const ElfW(Sym) * ElfSymbols::find_by_system_v(const char* name) const {
  if (system_v_table_ == nullptr || system_v_table_[0] == 0) return nullptr;
  const std::uint32_t buckets = system_v_table_[0];
  const std::uint32_t* next = system_v_table_ + 2 + buckets;
  for (std::uint32_t i = system_v_table_[2 + system_v_hash(name) % buckets]; i != STN_UNDEF; i = next[i]) {
    if (is_definition(i, name)) return &symbols_[i];
  }
  return nullptr;
}

void* ElfSymbols::address(const ElfW(Sym) & symbol) const {
  const ElfW(Addr) at = base_ + symbol.st_value;
  if (ELF64_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC) return reinterpret_cast<void*>(at);
#if defined(__aarch64__)
  const std::uint64_t features[] = {3 * sizeof(std::uint64_t), getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
  constexpr std::uint64_t kHasFeatures = std::uint64_t{1} << 62;
  return reinterpret_cast<void* (*)(std::uint64_t, const std::uint64_t*)>(at)(features[1] | kHasFeatures, features);
#else
  return reinterpret_cast<void* (*)()>(at)();
#endif
}

}  // namespace chunkmark::trace
