#include "storage/hdf5/chunk_index.h"

#include <algorithm>
#include <bit>

namespace chunkmark::hdf5 {

unsigned stored_size_width(const Layout& layout, std::uint64_t chunk_bytes, Widths widths) {
  // Layout version 5 (HDF5 2) keeps full lengths; version 4 counts the bits of the chunk's size and adds a
  // byte.
  if (layout.version >= 5) return widths.length;
  const unsigned bits = static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(chunk_bytes, 1))) - 1;
  return std::min(8u, 1 + (bits + 8) / 8);
}

namespace {

// A dataset whose chunks were never stored has no index at all.
class EmptyIndex : public ChunkIndex {
 public:
  std::optional<ChunkRecord> find(std::span<const std::uint64_t>) override { return std::nullopt; }
  void each(const Found&) override {}
};

}  // namespace

std::unique_ptr<ChunkIndex> open_chunk_index(const Container& container, const Layout& layout, ChunkedShape shape) {
  if (layout.address == kUndefined) return std::make_unique<EmptyIndex>();
  switch (layout.index) {
    case ChunkIndexKind::kBTreeV1:
      return open_b_tree_v1_index(container, layout, std::move(shape));
    case ChunkIndexKind::kBTreeV2:
      return open_b_tree_v2_index(container, layout, std::move(shape));
    default:
      return open_array_index(container, layout, std::move(shape));
  }
}

}  // namespace chunkmark::hdf5
