#include "native/trace/unit_functions.h"

#include <dwarf.h>

namespace chunkmark::trace {
namespace {
constexpr int kMaxDepth = 256;  // of nested blocks and inlined calls; debug information is input like any other
}

UnitFunctions::UnitFunctions(Dwarf_Die* unit) {
  visit(unit, -1, 0);
  ranges_.seal();
}

void UnitFunctions::visit(Dwarf_Die* parent, int caller, int depth) {
  Dwarf_Die child;
  if (depth > kMaxDepth || dwarf_child(parent, &child) != 0) return;
  do {
    switch (dwarf_tag(&child)) {
      case DW_TAG_subprogram:
        add(&child, -1, depth);
        break;
      case DW_TAG_inlined_subroutine:
        add(&child, caller, depth);
        break;
      case DW_TAG_lexical_block:
      case DW_TAG_namespace:
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_module:
        visit(&child, caller, depth + 1);
        break;
      default:
        break;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

void UnitFunctions::add(Dwarf_Die* die, int caller, int depth) {
  const int function = static_cast<int>(functions_.size());
  bool has_code = false;
  Dwarf_Addr base = 0, begin = 0, end = 0;
  for (std::ptrdiff_t offset = 0; (offset = dwarf_ranges(die, offset, &base, &begin, &end)) > 0;) {
    ranges_.add(begin, end, function);
    has_code = true;
  }
  if (!has_code) return;  // a declaration, or a function that was inlined everywhere
  functions_.push_back({*die, caller});
  visit(die, function, depth + 1);
}

std::vector<Dwarf_Die> UnitFunctions::at(Dwarf_Addr address) const {
  std::vector<Dwarf_Die> chain;
  const int* innermost = ranges_.find(address);
  for (int function = innermost != nullptr ? *innermost : -1; function >= 0;) {
    chain.push_back(functions_[static_cast<std::size_t>(function)].die);
    function = functions_[static_cast<std::size_t>(function)].caller;
  }
  return chain;
}

}  // namespace chunkmark::trace
