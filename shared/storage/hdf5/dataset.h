// Dataset: one dataset's description, and reading a box of it straight into the caller's bytes.
//
// Elements come as the file stores them: byte order kept, variable-length elements as references
// (GlobalHeap::string follows them). A box touches only the chunks that it meets; unfiltered runs are read
// in place, neighbours in the file in one read; filtered chunks are decoded in place when the box takes them
// whole, and larger ones while their bytes pass. With an executor, chunks and pieces of what is contiguous are read
// beside each other. Virtual datasets are described here (mappings) and read by whoever
// knows where their sources are. Borrows the Container. Memory: the chunk index as it is visited; scratch of a few MiB
// per lane whatever the chunk, but for pipelines that cannot be undone while bytes pass (chunk_stream.h), which take
// two or three chunks. Not thread-safe. Errors: kCorrupt, kUnsupported, kInvalidArgument for a box outside the shape.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/executor.h"
#include "storage/array/chunk_grid.h"
#include "storage/array/view.h"
#include "storage/hdf5/chunk_index.h"
#include "storage/hdf5/datatype.h"
#include "storage/hdf5/external_storage.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/global_heap.h"
#include "storage/hdf5/messages.h"
#include "storage/hdf5/object_header.h"
#include "storage/hdf5/plain_read.h"
#include "storage/hdf5/virtual_layout.h"

namespace chunkmark::hdf5 {

// Errors: kInvalidArgument, naming `name`, unless the region lies in `shape` and the memory has the region's shape and
// elements of that size.
void check_box(const array::Region& region, const array::Dest& dest, const Extents& shape, std::uint64_t element_bytes,
               const std::string& name);

class Dataset {
 public:
  // `name` is what errors call it.
  Dataset(const Container& container, std::uint64_t header_address, std::string name);

  static bool is_dataset(const ObjectHeader& header) { return header.find(kLayoutMessage) != nullptr; }

  const std::string& name() const { return name_; }
  const ObjectHeader& header() const { return header_; }
  const Dataspace& space() const { return space_; }
  const Datatype& type() const { return type_; }
  ByteView type_message() const { return type_message_; }
  const FillValue& fill() const { return fill_; }
  const Layout& layout() const { return layout_; }
  const std::vector<Filter>& filters() const { return pipeline_.filters(); }
  std::uint64_t element_bytes() const { return type_.size; }
  array::DType dtype() const { return array::opaque(type_.size); }
  // The fill value's bytes: of element_bytes(), or empty for zeros.
  ByteView fill_bytes() const { return fill_.value; }

  bool is_virtual() const { return layout_.kind == Layout::Kind::kVirtual; }
  // Where its elements lie in other files; null where they do not.
  const ExternalStorage* external() const { return external_.get(); }
  // Nothing is stored: every element is the fill value.
  bool is_unallocated() const;
  // Of a virtual dataset.
  Mappings mappings(GlobalHeap& heap) const;
  // Reads what says them, of any kind.
  void touch_mappings(GlobalHeap& heap) const {
    if (layout_.address != kUndefined && layout_.heap_index != 0) heap.get(layout_.address, layout_.heap_index);
  }

  // Not virtual. The caller flushes the batch before it looks at the bytes.
  void read(const array::Region& region, const array::Dest& dest, ReadBatch& batch);
  void read(const array::Region& region, const array::Dest& dest);
  // The same by all lanes of the executor; reads of the file must be thread-safe where it has several.
  void read(const array::Region& region, const array::Dest& dest, Executor& executor);
  // Where the file has the chunks that the region meets, or its rows of a contiguous dataset: added to `parts`,
  // neighbours that are read at once as one. Returns their bytes. The region must lie in the shape.
  std::uint64_t locate(const array::Region& region, std::vector<bytes::Extent>& parts);

  // Where the file has all elements one after the other, as they are read; nothing where it has not, or is cut.
  std::optional<bytes::Extent> stored_run() const;

  // Chunked datasets only.
  ChunkIndex& chunks();
  std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  // All bytes of a stored chunk, into `chunk`, which has chunk_bytes().
  void decode_chunk(const ChunkRecord& record, MutableByteView chunk) { decode_chunk(record, chunk, lanes_[0]); }
  // Uses this index instead of the file's own: one that a sidecar brought.
  void set_chunks(std::unique_ptr<ChunkIndex> index) { index_ = std::move(index); }

 private:
  // What decoding one chunk after the other takes; grows as it must.
  struct Scratch {
    std::vector<std::byte> chunk, stored;
    FilterPipeline::Scratch steps;
  };
  // A chunk of a region, looked up but not read.
  struct Piece {
    array::Region in_chunk, in_region;
    std::optional<ChunkRecord> record;  // nothing: never stored
  };

  void read_contiguous(const array::Region& region, const array::Dest& dest, ReadBatch& batch, Scratch& scratch) const;
  Piece look_up(const array::ChunkPart& part);
  void read_piece(const Piece& piece, const array::Dest& dest, ReadBatch& batch, Scratch& scratch) const;
  void read_pieces(std::span<const Piece> pieces, const array::Dest& dest, Executor& executor);
  // Whether a chunk reaches beyond the dataset.
  bool is_edge(std::span<const std::uint64_t> chunk) const;
  void read_chunked(const array::Region& region, const array::Dest& dest, ReadBatch& batch);
  // Of one chunk. `box` is in the chunk, `dest` has its shape.
  void read_part(const ChunkRecord& record, const array::Region& box, const array::Dest& dest, ReadBatch& batch,
                 Scratch& scratch) const;
  void decode_chunk(const ChunkRecord& record, MutableByteView chunk, Scratch& scratch) const;
  // Decodes a filtered chunk while its bytes pass; false where it is small, or its filters need all of it.
  bool decode_large(const ChunkRecord& record, const array::Region& box, const array::Dest& dest) const;

  const Container& container_;
  std::string name_;
  ObjectHeader header_;
  std::vector<ObjectHeader> keep_;
  Dataspace space_;
  Datatype type_;
  ByteView type_message_;
  FillValue fill_;
  Layout layout_;
  FilterPipeline pipeline_;
  std::unique_ptr<ExternalStorage> external_;
  std::uint64_t chunk_bytes_ = 0;
  std::optional<array::ChunkGrid> grid_;  // of a chunked dataset, as the next
  array::Strides chunk_strides_;
  std::unique_ptr<ChunkIndex> index_;
  std::vector<Scratch> lanes_{1};
};

// The largest chunk that is decoded whole, by several filters: this, or the file's size where that is more. There is no
// such limit where a chunk is decoded while its bytes pass.
inline constexpr std::uint64_t kMaxDecodedChunkBytes = 256ull << 20;

}  // namespace chunkmark::hdf5
