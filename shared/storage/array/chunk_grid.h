// ChunkGrid: an array cut into equal boxes; those at the far edges may reach beyond the array.
#pragma once

#include <functional>

#include "storage/array/shape.h"

namespace chunkmark::array {

// Where one chunk meets a region of the array; every box is in elements.
struct ChunkPart {
  Shape chunk;       // index of the chunk in the grid
  Region in_chunk;   // the meeting, relative to the chunk's origin
  Region in_region;  // the same, relative to the region's origin
  Shape inside;      // the extents of the chunk that lie inside the array
  // True when the region covers all of the chunk that lies inside the array.
  bool covers_chunk() const { return in_chunk.shape == inside; }
};

class ChunkGrid {
 public:
  ChunkGrid(Shape array_shape, Shape chunk_shape);

  const Shape& array_shape() const { return array_shape_; }
  const Shape& chunk_shape() const { return chunk_shape_; }

  // Visits the chunks that meet `region`, in C order of their index. Nothing is allocated in proportion to
  // their number.
  void for_each(const Region& region, const std::function<void(const ChunkPart&)>& visit) const;

  // How many chunks meet `region`, and the i-th of them in that order.
  std::uint64_t count(const Region& region) const;
  ChunkPart part_at(const Region& region, std::uint64_t i) const;
  // Whether it covers some chunk in part only.
  bool cuts_chunks(const Region& region) const;

 private:
  void meet(const Region& region, ChunkPart& part) const;

  Shape array_shape_;
  Shape chunk_shape_;
};

}  // namespace chunkmark::array
