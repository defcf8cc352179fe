// Where a figure of a run becomes another statement. Defined in run.schema.json ("x-bounds"), for C++ and the pages.
#pragma once

#include <cstdint>

namespace chunkmark::record {

struct Bounds {
  std::uint64_t small_array_bytes = 0;  // of a smaller array, libraries' fixed buffers count as copies
  // The zero-copy contract (architecture.md, section 4): a cell is zero below these.
  std::uint64_t file_growth_bytes = 0;  // what files make resident, so that a mapped one cannot hide a copy
  double slope = 0;                     // extra bytes of heap per byte of array
  double moved_uncompressed = 0;        // with codec none nothing needs to pass through user space; in arrays
};

const Bounds& bounds();

}  // namespace chunkmark::record
