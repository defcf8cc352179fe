#include "storage/hdf5/dataset.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/hdf5/chunk_stream.h"

namespace chunkmark::hdf5 {

using array::Dest;
using array::Region;
using array::Strides;

namespace {

// What a lane reads at a time: of small chunks, and of a contiguous dataset; some calls of each in 100 MB, so that no
// lane waits long for the last.
constexpr std::uint64_t kLaneBytes = 256 << 10, kPlainBytes = 2 << 20;
// Chunks that are looked up before they are read.
constexpr std::size_t kMaxPieces = 512;

// What the file holds of one chunk.
class StoredChunk final : public bytes::RandomAccess {
 public:
  // Errors: kCorrupt unless it lies within the file.
  StoredChunk(const Container& container, const ChunkRecord& record, const std::string& dataset)
      : container_(container), record_(record), name_(dataset + ": chunk at " + std::to_string(record.address)) {
    container.check(record.address, record.stored_bytes, name_);
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return record_.stored_bytes; }
  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    bytes::check_range(name_, offset, bytes::total_bytes(runs), size());
    container_.read_data(record_.address + offset, runs);
  }
  ByteView view(std::uint64_t offset, std::uint64_t size) const override {
    return container_.view_data(record_.address + offset, size, name_);
  }

 private:
  const Container& container_;
  const ChunkRecord& record_;
  std::string name_;
};

}  // namespace

void check_box(const Region& region, const Dest& dest, const Extents& shape, std::uint64_t element_bytes,
               const std::string& name) {
  array::check_region(region, shape, name);
  if (dest.shape != region.shape || dest.strides.size() != shape.size()) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected memory of shape " + array::to_string(region.shape) +
                                                 ", found " + array::to_string(dest.shape) + " with " +
                                                 std::to_string(dest.strides.size()) + " strides");
  }
  if (dest.dtype.item_bytes != element_bytes) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected memory for elements of " +
                                                 std::to_string(element_bytes) + " bytes, found " +
                                                 std::to_string(dest.dtype.item_bytes));
  }
}

Dataset::Dataset(const Container& container, std::uint64_t header_address, std::string name)
    : container_(container), name_(std::move(name)), header_(ObjectHeader::read(container, header_address)) {
  const Message* space = header_.find(kDataspaceMessage);
  const Message* type = header_.find(kDatatypeMessage);
  const Message* layout = header_.find(kLayoutMessage);
  if (!space || !type || !layout)
    corrupt(name_, "expected a dataset, found an object without " + std::string(!space  ? "dataspace"
                                                                                : !type ? "datatype"
                                                                                        : "layout"));
  keep_.reserve(8);  // resolved messages point into the headers kept here
  space_ = parse_dataspace(resolve(container, *space, keep_), container.widths(), name_);
  type_message_ = resolve(container, *type, keep_);
  type_ = parse_datatype(type_message_, name_);
  layout_ = parse_layout(layout->body, container.widths(), name_);
  if (const Message* files = header_.find(kExternalFilesMessage)) {
    if (layout_.kind != Layout::Kind::kContiguous) corrupt(name_, "external storage that is not contiguous");
    external_ = std::make_unique<ExternalStorage>(container, resolve(container, *files, keep_), name_);
  }
  if (const Message* fill = header_.find(kFillValueMessage)) {
    fill_ = parse_fill_value(resolve(container, *fill, keep_), name_);
  } else if (const Message* old = header_.find(kOldFillValueMessage)) {
    fill_ = parse_old_fill_value(resolve(container, *old, keep_), name_);
  }
  if (!fill_.value.empty() && fill_.value.size() != type_.size) {
    corrupt(name_, "a fill value of " + std::to_string(fill_.value.size()) + " bytes, its elements have " +
                       std::to_string(type_.size));
  }
  if (const Message* filters = header_.find(kFilterMessage)) {
    pipeline_ = FilterPipeline(parse_filters(resolve(container, *filters, keep_), name_));
  }
  if (layout_.kind == Layout::Kind::kChunked) {
    if (layout_.chunk.size() != space_.dims.size()) {
      corrupt(name_, "chunks of rank " + std::to_string(layout_.chunk.size()) + ", the dataset has " +
                         std::to_string(space_.dims.size()));
    }
    if (layout_.element_size != type_.size) {
      corrupt(name_, "chunks of elements of " + std::to_string(layout_.element_size) + " bytes, its type has " +
                         std::to_string(type_.size));
    }
    chunk_bytes_ = type_.size;
    for (const std::uint64_t extent : layout_.chunk) chunk_bytes_ = saturating_multiply(chunk_bytes_, extent);
    grid_.emplace(space_.dims, layout_.chunk);
    chunk_strides_ = array::c_order_strides(layout_.chunk, type_.size);
  }
}

bool Dataset::is_unallocated() const {
  if (space_.count() == 0) return true;
  if (external_) return false;
  return (layout_.kind == Layout::Kind::kContiguous || layout_.kind == Layout::Kind::kChunked) &&
         layout_.address == kUndefined;
}

std::optional<bytes::Extent> Dataset::stored_run() const {
  if (layout_.kind != Layout::Kind::kContiguous || external_ || is_unallocated()) return std::nullopt;
  const std::uint64_t bytes = saturating_multiply(space_.count(), type_.size);
  if (layout_.address > container_.size() || bytes > container_.size() - layout_.address) return std::nullopt;
  return bytes::Extent{container_.offset_of(layout_.address), bytes};
}

Mappings Dataset::mappings(GlobalHeap& heap) const {
  if (!is_virtual()) throw Error(ErrorCode::kInvalidArgument, name_ + ": expected a virtual dataset");
  if (layout_.address == kUndefined || layout_.heap_index == 0) return Mappings(space_.dims.size());
  return parse_mappings(heap.get(layout_.address, layout_.heap_index), space_.dims, container_.widths(), name_);
}

ChunkIndex& Dataset::chunks() {
  if (!index_) {
    if (layout_.kind != Layout::Kind::kChunked) {
      throw Error(ErrorCode::kInvalidArgument, name_ + ": expected a chunked dataset");
    }
    index_ = open_chunk_index(container_, layout_,
                              {space_.dims, space_.max_dims, layout_.chunk, chunk_bytes_, !pipeline_.empty()});
  }
  return *index_;
}

void Dataset::read(const Region& region, const Dest& dest) {
  ReadBatch batch(name_);
  read(region, dest, batch);
  batch.flush();
}

void Dataset::read(const Region& region, const Dest& dest, ReadBatch& batch) {
  check_box(region, dest, space_.dims, type_.size, name_);
  if (array::element_count(region.shape) == 0 || space_.kind == Dataspace::Kind::kNull) return;
  switch (layout_.kind) {
    case Layout::Kind::kChunked:
      grid_->for_each(region, [&](const array::ChunkPart& part) { read_piece(look_up(part), dest, batch, lanes_[0]); });
      break;
    case Layout::Kind::kVirtual:
      throw Error(ErrorCode::kInvalidArgument, name_ + ": a virtual dataset is read through its mappings");
    default:
      read_contiguous(region, dest, batch, lanes_[0]);
  }
}

void Dataset::read_contiguous(const Region& region, const Dest& dest, ReadBatch& batch, Scratch& scratch) const {
  if (is_unallocated()) return array::fill_box(dest, fill_bytes());
  const Strides stored = array::c_order_strides(space_.dims, type_.size);
  const std::uint64_t bytes = saturating_multiply(space_.count(), type_.size);
  if (layout_.kind == Layout::Kind::kCompact) {
    if (layout_.compact.size() < bytes) {
      corrupt(name_, std::to_string(layout_.compact.size()) + " bytes stored, its shape has " + std::to_string(bytes));
    }
    const std::byte* from = layout_.compact.data() + offset_of(region.start, stored);
    return array::copy_box({from, dest.dtype, region.shape, stored}, dest);
  }
  if (external_) {
    if (bytes > external_->size())
      corrupt(name_, std::to_string(bytes) + " bytes, its files hold " + std::to_string(external_->size()));
    return read_plain(*external_, 0, region, stored, dest, scratch.chunk, batch);
  }
  if (layout_.address > container_.size() || bytes > container_.size() - layout_.address) {
    corrupt(name_, std::to_string(bytes) + " bytes at " + std::to_string(layout_.address) + ", the file has " +
                       std::to_string(container_.size()));
  }
  read_plain(container_.file(), container_.offset_of(layout_.address), region, stored, dest, scratch.chunk, batch);
}

bool Dataset::is_edge(std::span<const std::uint64_t> chunk) const {
  for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
    if (saturating_multiply(chunk[axis] + 1, layout_.chunk[axis]) > space_.dims[axis]) return true;
  }
  return false;
}

Dataset::Piece Dataset::look_up(const array::ChunkPart& part) {
  Piece piece{part.in_chunk, part.in_region, chunks().find(part.chunk)};
  if (piece.record && layout_.plain_edges && is_edge(part.chunk)) piece.record->filter_mask = ~0u;
  return piece;
}

void Dataset::read_piece(const Piece& piece, const Dest& dest, ReadBatch& batch, Scratch& scratch) const {
  const Dest to = dest.part(piece.in_region);
  if (!piece.record) return array::fill_box(to, fill_bytes());
  read_part(*piece.record, piece.in_chunk, to, batch, scratch);
}

// Small chunks go to a lane several at a time, so that neighbours are still read at once.
void Dataset::read_pieces(std::span<const Piece> pieces, const Dest& dest, Executor& executor) {
  const std::size_t at_once = std::max<std::size_t>(1, kLaneBytes / std::max<std::uint64_t>(1, chunk_bytes_));
  executor.parallel((pieces.size() + at_once - 1) / at_once, [&](std::size_t i, unsigned lane) {
    ReadBatch batch(name_);
    for (const Piece& piece : pieces.subspan(i * at_once, std::min(at_once, pieces.size() - i * at_once))) {
      read_piece(piece, dest, batch, lanes_[lane]);
    }
    batch.flush();
  });
}

void Dataset::read(const Region& region, const Dest& dest, Executor& executor) {
  const bool chunked = layout_.kind == Layout::Kind::kChunked,
             contiguous = layout_.kind == Layout::Kind::kContiguous && !external_;
  std::size_t axis = 0;  // the outermost along which a contiguous dataset can be cut
  while (axis < region.shape.size() && region.shape[axis] == 1) ++axis;
  if (executor.width() == 1 || !(chunked || contiguous) || axis == region.shape.size()) return read(region, dest);
  check_box(region, dest, space_.dims, type_.size, name_);
  const std::uint64_t count = array::element_count(region.shape);
  if (count == 0 || space_.kind == Dataspace::Kind::kNull) return;
  if (lanes_.size() < executor.width()) lanes_.resize(executor.width());
  if (chunked) {
    std::vector<Piece> pieces;
    grid_->for_each(region, [&](const array::ChunkPart& part) {
      pieces.push_back(look_up(part));  // indexes are for one thread
      if (pieces.size() < kMaxPieces) return;
      read_pieces(pieces, dest, executor);
      pieces.clear();
    });
    return read_pieces(pieces, dest, executor);
  }
  const std::uint64_t row = std::max<std::uint64_t>(1, count / region.shape[axis] * type_.size);
  const std::uint64_t rows = std::max<std::uint64_t>(1, kPlainBytes / row);
  executor.parallel((region.shape[axis] + rows - 1) / rows, [&](std::size_t i, unsigned lane) {
    Region in_region = array::whole(region.shape), part = region;
    in_region.start[axis] = i * rows;
    in_region.shape[axis] = part.shape[axis] = std::min(rows, region.shape[axis] - i * rows);
    part.start[axis] += i * rows;
    ReadBatch batch(name_);
    read_contiguous(part, dest.part(in_region), batch, lanes_[lane]);
    batch.flush();
  });
}

std::uint64_t Dataset::locate(const Region& region, std::vector<bytes::Extent>& parts) {
  std::uint64_t bytes = 0;
  if (array::element_count(region.shape) == 0) return bytes;
  if (layout_.kind == Layout::Kind::kContiguous && !external_ && !is_unallocated()) {
    const Strides stored = array::c_order_strides(space_.dims, type_.size);
    Region last = region;
    for (std::size_t axis = 0; axis < last.start.size(); ++axis) last.start[axis] += last.shape[axis] - 1;
    const auto first = static_cast<std::uint64_t>(offset_of(region.start, stored));
    bytes = static_cast<std::uint64_t>(offset_of(last.start, stored)) + type_.size - first;
    parts.push_back({container_.offset_of(layout_.address) + first, bytes});
    return bytes;
  }
  if (layout_.kind != Layout::Kind::kChunked) return bytes;
  grid_->for_each(region, [&](const array::ChunkPart& part) {
    const std::optional<ChunkRecord> record = chunks().find(part.chunk);
    if (!record || record->address > container_.size()) return;
    const std::uint64_t offset = container_.offset_of(record->address);
    bytes += record->stored_bytes;
    if (pipeline_.empty() && !parts.empty() && parts.back().offset + parts.back().size == offset) {
      parts.back().size += record->stored_bytes;
    } else {
      parts.push_back({offset, record->stored_bytes});
    }
  });
  return bytes;
}

void Dataset::read_part(const ChunkRecord& record, const Region& box, const Dest& dest, ReadBatch& batch,
                        Scratch& scratch) const {
  const std::size_t filters = pipeline_.filters().size();
  const std::uint32_t all = filters >= 32 ? ~0u : (1u << filters) - 1;
  if ((record.filter_mask & all) == all) {  // no filter, or none applied to this chunk
    if (record.stored_bytes != chunk_bytes_ || chunk_bytes_ > container_.size()) {
      corrupt(name_, "the chunk at " + std::to_string(record.address) + " has " + std::to_string(record.stored_bytes) +
                         " bytes, expected " + std::to_string(chunk_bytes_));
    }
    container_.check(record.address, chunk_bytes_, name_);
    return read_plain(container_.file(), container_.offset_of(record.address), box, chunk_strides_, dest, scratch.chunk,
                      batch);
  }
  if (box.shape == layout_.chunk && contiguous_bytes(box.shape, dest.strides, type_.size) == chunk_bytes_) {
    return decode_chunk(record, MutableByteView(dest.data, chunk_bytes_), scratch);
  }
  if (decode_large(record, box, dest)) return;
  // One filter decodes into the chunk; several have two more buffers of its size on the way.
  const std::uint64_t most = kMaxDecodedChunkBytes * (filters == 1 ? 3 : 1);
  if (chunk_bytes_ > std::max(most, container_.size())) {
    unsupported(name_, "chunks of " + std::to_string(chunk_bytes_) + " bytes, of which " + std::to_string(most) +
                           " are decoded at most with " + filters_text(pipeline_.filters()));
  }
  scratch.chunk.resize(in_memory(chunk_bytes_, name_));
  decode_chunk(record, scratch.chunk, scratch);
  const std::byte* from = scratch.chunk.data() + offset_of(box.start, chunk_strides_);
  array::copy_box({from, dest.dtype, box.shape, chunk_strides_}, dest);
}

bool Dataset::decode_large(const ChunkRecord& record, const Region& box, const Dest& dest) const {
  if (chunk_bytes_ <= kWholeChunkBytes || !can_stream(pipeline_.filters(), record.filter_mask, type_.size))
    return false;
  const StoredChunk stored(container_, record, name_);
  decode_streamed(pipeline_.filters(), record.filter_mask, stored, layout_.chunk, box, dest);
  return true;
}

void Dataset::decode_chunk(const ChunkRecord& record, MutableByteView chunk, Scratch& scratch) const {
  const StoredChunk at(container_, record, name_);
  ByteView stored = at.view(0, record.stored_bytes);
  const bool mapped = stored.size() == record.stored_bytes;
  // One filter over bytes in memory decodes straight into the chunk.
  if (!(mapped && pipeline_.filters().size() == 1) &&
      decode_large(record, array::whole(layout_.chunk), Dest::dense(chunk.data(), dtype(), layout_.chunk))) {
    return;
  }
  if (!mapped) {
    scratch.stored.resize(in_memory(record.stored_bytes, at.name()));
    at.read_at(0, MutableByteView(scratch.stored));
    stored = scratch.stored;
  }
  pipeline_.decode(stored, record.filter_mask, chunk, at.name(), scratch.steps);
}

}  // namespace chunkmark::hdf5
