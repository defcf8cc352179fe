// SymbolTable: the functions of a module's ELF symbol table by address, read once.
//
// Of several names for one address the global one is kept, of these the one with the fewest underscores before it
// (malloc, not __libc_malloc). Borrows the module, which owns the names. Immutable.
#pragma once

#include <elfutils/libdwfl.h>

#include "native/trace/range_table.h"

namespace chunkmark::trace {

class SymbolTable {
 public:
  explicit SymbolTable(Dwfl_Module* module);

  // As it stands in the file, mangled; null if no function covers the address.
  const char* at(GElf_Addr address) const {
    const char* const* name = functions_.find(address);
    return name != nullptr ? *name : nullptr;
  }

 private:
  RangeTable<const char*> functions_;
};

}  // namespace chunkmark::trace
