#include "storage/array/chunk_grid.h"

#include <algorithm>
#include <utility>

namespace chunkmark::array {

ChunkGrid::ChunkGrid(Shape array_shape, Shape chunk_shape)
    : array_shape_(std::move(array_shape)), chunk_shape_(std::move(chunk_shape)) {}

void ChunkGrid::for_each(const Region& region, const std::function<void(const ChunkPart&)>& visit) const {
  const std::size_t rank = array_shape_.size();
  for (const std::uint64_t extent : region.shape) {
    if (extent == 0) return;
  }
  Shape first(rank);
  Shape last(rank);  // inclusive
  for (std::size_t i = 0; i < rank; ++i) {
    first[i] = region.start[i] / chunk_shape_[i];
    last[i] = (region.start[i] + region.shape[i] - 1) / chunk_shape_[i];
  }
  ChunkPart part{first, whole(Shape(rank)), whole(Shape(rank)), Shape(rank)};
  while (true) {
    for (std::size_t i = 0; i < rank; ++i) {
      const std::uint64_t origin = part.chunk[i] * chunk_shape_[i];
      const std::uint64_t begin = std::max(origin, region.start[i]);
      part.inside[i] = std::min(chunk_shape_[i], array_shape_[i] - origin);
      const std::uint64_t end = std::min(origin + part.inside[i], region.start[i] + region.shape[i]);
      part.in_chunk.start[i] = begin - origin;
      part.in_chunk.shape[i] = end - begin;
      part.in_region.start[i] = begin - region.start[i];
      part.in_region.shape[i] = end - begin;
    }
    visit(part);
    std::size_t i = rank;
    while (i > 0 && part.chunk[i - 1] == last[i - 1]) {
      part.chunk[i - 1] = first[i - 1];
      --i;
    }
    if (i == 0) return;
    ++part.chunk[i - 1];
  }
}

}  // namespace chunkmark::array
