// UnitFunctions: which functions, inlined ones included, cover an address of one compilation unit.
//
// Built by one walk over the unit's debug information, then asked any number of times: asking libdw for the scopes of
// an address walks the unit every time. Borrows the unit's debug information. Not thread-safe.
#pragma once

#include <elfutils/libdw.h>

#include <vector>

#include "native/trace/range_table.h"

namespace chunkmark::trace {

class UnitFunctions {
 public:
  explicit UnitFunctions(Dwarf_Die* unit);

  // The functions at an address, the innermost inlined one first; the last is the one that was really called.
  std::vector<Dwarf_Die> at(Dwarf_Addr address) const;

 private:
  struct Function {
    Dwarf_Die die;
    int caller;  // index of the function that it is inlined into; -1 for none
  };

  void visit(Dwarf_Die* parent, int caller, int depth);
  void add(Dwarf_Die* die, int caller, int depth);

  std::vector<Function> functions_;
  RangeTable<int> ranges_;  // indices into functions_; callers are added before what is inlined into them
};

}  // namespace chunkmark::trace
