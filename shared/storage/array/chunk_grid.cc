#include "storage/array/chunk_grid.h"

#include <algorithm>
#include <utility>

namespace chunkmark::array {

ChunkGrid::ChunkGrid(Shape array_shape, Shape chunk_shape)
    : array_shape_(std::move(array_shape)), chunk_shape_(std::move(chunk_shape)) {}

// Fills in all of `part` but its index.
void ChunkGrid::meet(const Region& region, ChunkPart& part) const {
  for (std::size_t i = 0; i < array_shape_.size(); ++i) {
    const std::uint64_t origin = part.chunk[i] * chunk_shape_[i];
    const std::uint64_t begin = std::max(origin, region.start[i]);
    part.inside[i] = std::min(chunk_shape_[i], array_shape_[i] - origin);
    const std::uint64_t end = std::min(origin + part.inside[i], region.start[i] + region.shape[i]);
    part.in_chunk.start[i] = begin - origin;
    part.in_chunk.shape[i] = end - begin;
    part.in_region.start[i] = begin - region.start[i];
    part.in_region.shape[i] = end - begin;
  }
}

void ChunkGrid::for_each(const Region& region, const std::function<void(const ChunkPart&)>& visit) const {
  const std::size_t rank = array_shape_.size();
  if (count(region) == 0) return;
  Shape first(rank);
  Shape last(rank);  // inclusive
  for (std::size_t i = 0; i < rank; ++i) {
    first[i] = region.start[i] / chunk_shape_[i];
    last[i] = (region.start[i] + region.shape[i] - 1) / chunk_shape_[i];
  }
  ChunkPart part{first, whole(Shape(rank)), whole(Shape(rank)), Shape(rank)};
  while (true) {
    meet(region, part);
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

std::uint64_t ChunkGrid::count(const Region& region) const {
  std::uint64_t chunks = 1;
  for (std::size_t i = 0; i < region.shape.size(); ++i) {
    if (region.shape[i] == 0) return 0;
    chunks *= (region.start[i] + region.shape[i] - 1) / chunk_shape_[i] - region.start[i] / chunk_shape_[i] + 1;
  }
  return chunks;
}

ChunkPart ChunkGrid::part_at(const Region& region, std::uint64_t i) const {
  const std::size_t rank = array_shape_.size();
  ChunkPart part{Shape(rank), whole(Shape(rank)), whole(Shape(rank)), Shape(rank)};
  for (std::size_t at = rank; at-- > 0;) {
    const std::uint64_t first = region.start[at] / chunk_shape_[at];
    const std::uint64_t chunks = (region.start[at] + region.shape[at] - 1) / chunk_shape_[at] - first + 1;
    part.chunk[at] = first + i % chunks;
    i /= chunks;
  }
  meet(region, part);
  return part;
}

bool ChunkGrid::cuts_chunks(const Region& region) const {
  if (count(region) == 0) return false;
  for (std::size_t i = 0; i < array_shape_.size(); ++i) {
    const std::uint64_t end = region.start[i] + region.shape[i];
    if (region.start[i] % chunk_shape_[i] != 0 || (end % chunk_shape_[i] != 0 && end != array_shape_[i])) return true;
  }
  return false;
}

}  // namespace chunkmark::array
