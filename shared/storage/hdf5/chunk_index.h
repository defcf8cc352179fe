// ChunkIndex: where in the file the chunks of one dataset are. One subclass a kind of index.
//
// Chunks are named by their "scaled" coordinates: the offset of the chunk divided by the chunk's extent, axis
// by axis. Holds at most the index's own bytes in memory. Borrows the Container. Not thread-safe. Errors:
// kCorrupt, kUnsupported. Source: HDF5 File Format Specification 3.0, III.A (B-trees), VII (implicit, fixed
// array, extensible array).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "storage/hdf5/container.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

struct ChunkRecord {
  std::uint64_t address = kUndefined;
  std::uint64_t stored_bytes = 0;
  std::uint32_t filter_mask = 0;  // bit i: filter i of the pipeline was not applied
};

class ChunkIndex {
 public:
  virtual ~ChunkIndex() = default;
  ChunkIndex(const ChunkIndex&) = delete;
  ChunkIndex& operator=(const ChunkIndex&) = delete;

  // The chunk, or nothing if it was never stored. `scaled` has the dataset's rank.
  virtual std::optional<ChunkRecord> find(std::span<const std::uint64_t> scaled) = 0;
  // All stored chunks, in the index's order, until `found` returns false.
  using Found = std::function<bool(std::span<const std::uint64_t> scaled, const ChunkRecord&)>;
  virtual void each(const Found& found) = 0;

 protected:
  ChunkIndex() = default;
};

// What an index needs to know of its dataset.
struct ChunkedShape {
  Extents dims, max_dims, chunk;
  std::uint64_t chunk_bytes = 0;  // unfiltered
  bool filtered = false;
};

std::unique_ptr<ChunkIndex> open_chunk_index(const Container& container, const Layout& layout, ChunkedShape shape);

// The kinds, each in its own file; open_chunk_index chooses.
std::unique_ptr<ChunkIndex> open_b_tree_v1_index(const Container& container, const Layout& layout, ChunkedShape shape);
std::unique_ptr<ChunkIndex> open_b_tree_v2_index(const Container& container, const Layout& layout, ChunkedShape shape);
std::unique_ptr<ChunkIndex> open_array_index(const Container& container, const Layout& layout, ChunkedShape shape);

// Bytes in which filtered elements keep their stored size: enough for a chunk that grew a little when
// filtered.
unsigned stored_size_width(const Layout& layout, std::uint64_t chunk_bytes, Widths widths);

}  // namespace chunkmark::hdf5
