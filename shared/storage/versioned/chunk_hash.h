// The hash of a chunk as upstream's hash tables hold it (data version 4): SHA-256 over the valid box's
// elements in row-major order, then the box's shape as Python prints the tuple.
#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "storage/array/view.h"
#include "storage/hdf5/global_heap.h"
#include "storage/versioned/sha256.h"

namespace chunkmark::versioned {

// "(4,)", "(2, 3)".
std::string python_tuple(std::span<const std::uint64_t> shape);

// `packed` are the box's elements without gaps. With `strings`, elements are variable-length references, and
// each counts as its length (8 bytes, little-endian) and its bytes.
Digest chunk_hash(ByteView packed, std::span<const std::uint64_t> box, hdf5::GlobalHeap* strings);

// Adds elements to a hash in the same way, without a shape: what `h5 dump` calls a dataset's sha256.
void update_with_elements(Sha256& hash, ByteView packed, hdf5::GlobalHeap* strings);

// The hash of a box's first rows (along its first axis), which goes on with the rows behind them: those of a box that
// is as wide along the other axes.
struct HashedRows {
  Sha256 hash;
  std::uint64_t rows;
  array::Shape row_shape;

  bool begins(const array::Shape& box) const {
    return rows <= box[0] && std::equal(row_shape.begin(), row_shape.end(), box.begin() + 1, box.end());
  }
};

}  // namespace chunkmark::versioned
