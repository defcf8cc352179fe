#include "storage/hdf5/dataset.h"

#include <algorithm>
#include <cstring>

namespace chunkmark::hdf5 {

namespace {

// Scattered runs shorter than this are read together with the gaps between them: a read call costs about as
// much.
constexpr std::uint64_t kMinRunBytes = 4096;

}  // namespace

void ReadBatch::add(std::uint64_t address, std::byte* to, std::uint64_t bytes) {
  if (bytes_ > 0 && address == address_ + bytes_ && to == to_ + bytes_) {
    bytes_ += bytes;
    return;
  }
  flush();
  address_ = address;
  to_ = to;
  bytes_ = bytes;
}

void ReadBatch::flush() {
  if (bytes_ > 0) container_.read_data(address_, MutableByteView(to_, bytes_), what_);
  bytes_ = 0;
}

// One box within one chunk (or within contiguous data), and where it goes.
struct Dataset::Part {
  const Extents& offset;  // of the box in the chunk
  const Extents& count;
  const Extents& chunk_strides;  // bytes
  std::byte* to;
  const Extents& strides;  // of the destination
};

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
  }
}

bool Dataset::is_unallocated() const {
  if (space_.count() == 0) return true;
  return (layout_.kind == Layout::Kind::kContiguous || layout_.kind == Layout::Kind::kChunked) &&
         layout_.address == kUndefined;
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
  ReadBatch batch(container_, name_);
  read(region, dest, batch);
  batch.flush();
}

void Dataset::read(const Region& region, const Dest& dest, ReadBatch& batch) {
  const std::size_t rank = space_.dims.size();
  if (region.start.size() != rank || region.count.size() != rank || dest.strides.size() != rank) {
    throw Error(ErrorCode::kInvalidArgument, name_ + ": a region of rank " + std::to_string(region.start.size()) +
                                                 ", it has " + std::to_string(rank));
  }
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (region.start[axis] > space_.dims[axis] || region.count[axis] > space_.dims[axis] - region.start[axis]) {
      throw Error(ErrorCode::kInvalidArgument,
                  name_ + ": expected a region within its " + std::to_string(space_.dims[axis]) + " of axis " +
                      std::to_string(axis) + ", found " + std::to_string(region.count[axis]) + " from " +
                      std::to_string(region.start[axis]));
    }
  }
  if (region.elements() == 0 || space_.kind == Dataspace::Kind::kNull) return;
  switch (layout_.kind) {
    case Layout::Kind::kChunked:
      read_chunked(region, dest, batch);
      break;
    case Layout::Kind::kVirtual:
      throw Error(ErrorCode::kInvalidArgument, name_ + ": a virtual dataset is read through its mappings");
    default:
      read_contiguous(region, dest, batch);
  }
}

void Dataset::read_contiguous(const Region& region, const Dest& dest, ReadBatch& batch) {
  if (is_unallocated()) {
    fill_box(dest.data, dest.strides, region.count, type_.size, fill_bytes());
    return;
  }
  const Extents strides = packed_strides(space_.dims, type_.size);
  const std::uint64_t bytes = saturating_multiply(space_.count(), type_.size);
  if (layout_.kind == Layout::Kind::kCompact) {
    if (layout_.compact.size() < bytes) {
      corrupt(name_, std::to_string(layout_.compact.size()) + " bytes stored, its shape has " + std::to_string(bytes));
    }
    std::uint64_t at = 0;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) at += region.start[axis] * strides[axis];
    copy_box(layout_.compact.data() + at, strides, dest.data, dest.strides, region.count, type_.size);
    return;
  }
  if (layout_.address > container_.size() || bytes > container_.size() - layout_.address) {
    corrupt(name_, std::to_string(bytes) + " bytes at " + std::to_string(layout_.address) + ", the file has " +
                       std::to_string(container_.size()));
  }
  read_plain(layout_.address, {region.start, region.count, strides, dest.data, dest.strides}, batch);
}

void Dataset::read_chunked(const Region& region, const Dest& dest, ReadBatch& batch) {
  const std::size_t rank = space_.dims.size();
  const Extents& chunk = layout_.chunk;
  const Extents chunk_strides = packed_strides(chunk, type_.size);
  Extents first(rank), last(rank), at(rank), offset(rank), count(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    first[axis] = region.start[axis] / chunk[axis];
    last[axis] = (region.start[axis] + region.count[axis] - 1) / chunk[axis];
  }
  at = first;
  for (;;) {
    std::byte* to = dest.data;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::uint64_t start = std::max(region.start[axis], at[axis] * chunk[axis]);
      const std::uint64_t region_end = region.start[axis] + region.count[axis];
      const std::uint64_t left_in_chunk = chunk[axis] - (start - at[axis] * chunk[axis]);
      offset[axis] = start - at[axis] * chunk[axis];
      count[axis] = std::min(left_in_chunk, region_end - start);
      to += (start - region.start[axis]) * dest.strides[axis];
    }
    const std::optional<ChunkRecord> record = chunks().find(at);
    if (record) {
      read_part(*record, {offset, count, chunk_strides, to, dest.strides}, batch);
    } else {
      fill_box(to, dest.strides, count, type_.size, fill_bytes());
    }
    std::size_t axis = rank;
    while (axis > 0 && at[axis - 1] == last[axis - 1]) --axis, at[axis] = first[axis];
    if (axis == 0) return;
    ++at[axis - 1];
  }
}

void Dataset::read_part(const ChunkRecord& record, const Part& part, ReadBatch& batch) {
  const std::size_t filters = pipeline_.filters().size();
  const std::uint32_t all = filters >= 32 ? ~0u : (1u << filters) - 1;
  if ((record.filter_mask & all) == all) {  // no filter, or none applied to this chunk
    if (record.stored_bytes != chunk_bytes_) {
      corrupt(name_, "the chunk at " + std::to_string(record.address) + " has " + std::to_string(record.stored_bytes) +
                         " bytes, expected " + std::to_string(chunk_bytes_));
    }
    read_plain(record.address, part, batch);
    return;
  }
  const bool whole = part.count == layout_.chunk;
  if (whole && contiguous_bytes(part.count, part.strides, type_.size) == chunk_bytes_) {
    decode_chunk(record, MutableByteView(part.to, chunk_bytes_));
    return;
  }
  if (chunk_bytes_ > std::max(kMaxDecodedChunkBytes, container_.size())) {
    unsupported(name_, "chunks of " + std::to_string(chunk_bytes_) + " bytes, at most " +
                           std::to_string(kMaxDecodedChunkBytes) + " are decoded");
  }
  scratch_.resize(chunk_bytes_);
  decode_chunk(record, scratch_);
  std::uint64_t at = 0;
  for (std::size_t axis = 0; axis < part.offset.size(); ++axis) at += part.offset[axis] * part.chunk_strides[axis];
  copy_box(scratch_.data() + at, part.chunk_strides, part.to, part.strides, part.count, type_.size);
}

void Dataset::decode_chunk(const ChunkRecord& record, MutableByteView chunk) {
  const std::string where = name_ + ": chunk at " + std::to_string(record.address);
  ByteView stored = container_.view_data(record.address, record.stored_bytes, where);
  if (stored.size() != record.stored_bytes) {
    stored_.resize(record.stored_bytes);
    container_.read_data(record.address, stored_, where);
    stored = stored_;
  }
  pipeline_.decode(stored, record.filter_mask, chunk, where);
}

void Dataset::read_plain(std::uint64_t address, const Part& part, ReadBatch& batch) {
  std::uint64_t at = 0;
  for (std::size_t axis = 0; axis < part.offset.size(); ++axis) at += part.offset[axis] * part.chunk_strides[axis];
  const std::uint64_t bytes = span_bytes(part.count, part.chunk_strides, type_.size);
  const std::uint64_t run = std::min(contiguous_bytes(part.count, part.chunk_strides, type_.size),
                                     contiguous_bytes(part.count, part.strides, type_.size));
  if (run >= bytes) {
    batch.add(address + at, part.to, bytes);
    return;
  }
  const ByteView view = container_.view_data(address + at, bytes, name_);
  if (view.size() == bytes) {
    copy_box(view.data(), part.chunk_strides, part.to, part.strides, part.count, type_.size);
    return;
  }
  // Long runs go to their place one by one; the rest is read with its gaps, an outer index at a time where it
  // is large.
  const std::size_t rank = part.count.size();
  std::size_t split = 0;
  std::uint64_t block = bytes;
  while (split < rank && block > kMinRunBytes && block > run) {
    block = span_bytes(std::span(part.count).subspan(split + 1), std::span(part.chunk_strides).subspan(split + 1),
                       type_.size);
    ++split;
  }
  const auto inner_count = std::span(part.count).subspan(split);
  const auto inner_from = std::span(part.chunk_strides).subspan(split),
             inner_to = std::span(part.strides).subspan(split);
  const bool straight = contiguous_bytes(inner_count, inner_from, type_.size) == block &&
                        contiguous_bytes(inner_count, inner_to, type_.size) == block;
  scratch_.resize(std::max<std::size_t>(scratch_.size(), straight ? 0 : block));
  Extents index(split, 0);
  for (;;) {
    std::uint64_t from = address + at;
    std::byte* to = part.to;
    for (std::size_t axis = 0; axis < split; ++axis) {
      from += index[axis] * part.chunk_strides[axis];
      to += index[axis] * part.strides[axis];
    }
    if (straight) {
      batch.add(from, to, block);
    } else {
      container_.read_data(from, MutableByteView(scratch_.data(), block), name_);
      copy_box(scratch_.data(), inner_from, to, inner_to, inner_count, type_.size);
    }
    std::size_t axis = split;
    while (axis > 0 && ++index[axis - 1] == part.count[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace chunkmark::hdf5
