#include "native/trace/preload/next.h"

#include <link.h>
#include <stddef.h>

#include "native/trace/preload/elf_symbols.h"

namespace chunkmark::trace {

NextFunctions g_next;

namespace {

struct Wanted {
  const char* name;
  std::uint32_t hash;
  std::uint32_t place;  // in NextFunctions
};
constexpr Wanted kWanted[] = {
#define CHUNKMARK_NEXT_WANTED(function) {#function, gnu_hash(#function), offsetof(NextFunctions, function)},
    CHUNKMARK_NEXT_FUNCTIONS(CHUNKMARK_NEXT_WANTED)
#undef CHUNKMARK_NEXT_WANTED
};

}  // namespace

// The list of modules is in the loader's order, and nobody changes it now: no other thread is there yet.
__attribute__((noinline, cold)) void find_next_functions() {
  const link_map* module = _r_debug.r_map;
  while (module != nullptr && module->l_ld != _DYNAMIC /* this module's own */) module = module->l_next;
  auto* table = reinterpret_cast<char*>(&g_next);
  for (module = module != nullptr ? module->l_next : nullptr; module != nullptr; module = module->l_next) {
    const ElfSymbols symbols(module->l_addr, module->l_ld);
    for (const Wanted& wanted : kWanted) {
      void*& function = *reinterpret_cast<void**>(table + wanted.place);
      if (function != nullptr) continue;
      if (const ElfW(Sym)* symbol = symbols.find(wanted.name, wanted.hash)) function = symbols.address(*symbol);
    }
  }
  __atomic_store_n(&g_next.found, true, __ATOMIC_RELEASE);
}

}  // namespace chunkmark::trace
