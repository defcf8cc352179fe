// The rest of a function that the compiler has split in two, where no symbol is left that tells of it.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

// Addresses that a call inside may return to.
struct CodeRange {
  std::uint64_t begin, end;
  bool holds(std::uint64_t return_address) const { return return_address > begin && return_address <= end; }
};

// Where the function's cold part lies; empty if it has none that is found. Reads the function's code and the
// call frame tables of its module, which must stay loaded.
CodeRange find_cold_code(CodeRange function);

}  // namespace chunkmark::trace
