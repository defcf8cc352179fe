// Edge chunks without their padding: a zlib stream of the valid elements as they are, and of the padding between and
// behind them, and of zeros among them, as runs. Near the speed of a copy of what is valid; any inflate reads it.
//
// Elements are stored blocks; a run is a block of fixed Huffman codes: its first element (one byte of zeros), then
// matches of it, 258 bytes in 2 to 4 bytes. Pure function.
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "storage/array/shape.h"

namespace chunkmark::hdf5 {

// `chunk` has `shape` elements, row-major, of at most 32768 bytes each; those outside the box of `valid` extents at its
// start are all the same. Replaces `out`.
void encode_trimmed(ByteView chunk, std::size_t element_bytes, const array::Shape& shape, const array::Shape& valid,
                    std::vector<std::byte>& out);

}  // namespace chunkmark::hdf5
