#include "storage/zarr/array.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/array/box.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/document.h"
#include "storage/zarr/group.h"

namespace chunkmark::zarr {

using array::ChunkDest;
using array::ChunkPart;
using array::ChunkSource;
using array::Dest;
using array::Region;
using array::Source;

namespace {

// What write_part_copy may hold at a time; a chunk that is larger is held alone.
constexpr std::uint64_t kMaxPartialBytes = 256u << 20;

// The form of a chunk as it is stored, with the dimensions in the stored order.
array::ChunkForm form_of(const ArrayMetadata& metadata) {
  return {metadata.chain.stored_order(metadata.chunk_shape), metadata.chain.big_endian, metadata.fill};
}

void write_attributes_v2(store::Store& store, const std::string& path, const json::object& attributes) {
  const std::string key = store::join_key(path, ".zattrs");
  if (attributes.empty()) {
    store.erase(key);
  } else {
    store::write_text(store, key, pretty_json(attributes));
  }
}

}  // namespace

Array::Array(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor)
    : store_(store),
      path_(std::move(path)),
      metadata_(std::move(metadata)),
      executor_(executor),
      grid_(metadata_.shape, metadata_.chunk_shape),
      form_(form_of(metadata_)) {}

Array Array::create(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor) {
  const bool v2 = metadata.format == Format::kV2;
  const std::string key = store::join_key(path, v2 ? ".zarray" : "zarr.json");
  check(metadata, key);
  if (v2) write_attributes_v2(store, path, metadata.attributes);
  store::write_text(store, key, v2 ? document_v2(metadata) : document_v3(metadata));
  return Array(store, std::move(path), std::move(metadata), executor);
}

Array Array::open(store::Store& store, std::string path, Executor& executor) {
  const std::string key3 = store::join_key(path, "zarr.json");
  if (const std::optional<std::string> text = store::read_text(store, key3, kMaxMetadataBytes)) {
    return Array(store, std::move(path), parse_v3(*text, key3), executor);
  }
  const std::string key2 = store::join_key(path, ".zarray");
  const std::optional<std::string> text = store::read_text(store, key2, kMaxMetadataBytes);
  if (!text) {
    throw Error(ErrorCode::kNotFound, "expected a Zarr array in " + store.location() +
                                          (path.empty() ? "" : " at \"" + path + "\"") + ", found neither " + key3 +
                                          " nor " + key2);
  }
  ArrayMetadata metadata = parse_v2(*text, key2);
  const std::string attributes = store::join_key(path, ".zattrs");
  if (const std::optional<std::string> found = store::read_text(store, attributes, kMaxMetadataBytes)) {
    const std::string quoted = with_quoted_literals(*found, attributes, metadata.warnings);
    metadata.attributes = as_object(parse_json(quoted, attributes), "document", attributes);
  }
  return Array(store, std::move(path), std::move(metadata), executor);
}

template <typename Byte>
array::View<Byte> Array::stored_view(const array::View<Byte>& view) const {
  const codec::Chain& chain = metadata_.chain;
  return {view.data, view.dtype, chain.stored_order(view.shape), chain.stored_order(view.strides)};
}

Region Array::stored_region(const Region& region) const {
  return {metadata_.chain.stored_order(region.start), metadata_.chain.stored_order(region.shape)};
}

std::uint64_t Array::chunk_bytes() const {
  return array::element_count(metadata_.chunk_shape) * metadata_.dtype.item_bytes;
}

std::string Array::key_of(const array::Shape& chunk) const {
  return store::join_key(path_, chunk_key(metadata_, chunk));
}

void Array::check_view(const Region& region, const array::Shape& shape, array::DType dtype) const {
  const std::string name = "array \"" + path_ + "\"";
  array::check_region(region, metadata_.shape, name);
  if (metadata_.type && metadata_.type->is_variable()) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected a call for variable-length strings, found memory");
  }
  if (shape != region.shape) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected memory of shape " + array::to_string(region.shape) +
                                                 ", found " + array::to_string(shape));
  }
  if (dtype != metadata_.dtype) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected elements of type " +
                                                 array::dtype_name(metadata_.dtype) + ", found " +
                                                 array::dtype_name(dtype));
  }
}

void Array::write(const Region& region, const Source& source) {
  check_view(region, source.shape, source.dtype);
  const std::uint64_t chunks = grid_.count(region);
  for_each_piece(executor_, chunks, [&](std::uint64_t i, Executor& executor) {
    const ChunkPart part = grid_.part_at(region, i);
    if (!part.covers_chunk()) return;
    const ChunkSource chunk(stored_view(source.part(part.in_region)), stored_region(part.in_chunk), form_);
    write_chunk(key_of(part.chunk), chunk, executor);
  });
  if (!grid_.cuts_chunks(region)) return;
  const auto write_if_cut = [&](std::uint64_t i, Executor& executor) {
    const ChunkPart part = grid_.part_at(region, i);
    if (part.covers_chunk()) return;
    write_part_copy(key_of(part.chunk), part, source.part(part.in_region), executor);
  };
  if (chunk_bytes() <= kMaxPartialBytes / executor_.width()) return for_each_piece(executor_, chunks, write_if_cut);
  for (std::uint64_t i = 0; i < chunks; ++i) write_if_cut(i, executor_);
}

void Array::write_chunk(const std::string& key, const ChunkSource& source, Executor& executor) {
  const std::unique_ptr<bytes::Sink> sink = store_.create(key, metadata_.chain.exact_bytes(source.bytes()));
  metadata_.chain.encode(source, *sink, executor);
  sink->commit();
}

void Array::write_part_copy(const std::string& key, const ChunkPart& part, const Source& source, Executor& executor) {
  const std::unique_ptr<bytes::RandomAccess> stored = store_.open(key);
  if (metadata_.chain.updates_parts()) {
    const std::unique_ptr<bytes::Sink> sink = store_.create(key, std::nullopt);
    metadata_.chain.sharding->update(stored.get(),
                                     ChunkSource(stored_view(source), stored_region(part.in_chunk), form_),
                                     metadata_.chain.stored_order(part.inside), *sink, executor);
    return sink->commit();
  }
  const array::DType dtype = metadata_.dtype;
  const std::uint64_t elements = array::checked_element_count(part.inside, dtype.item_bytes, key);
  const std::unique_ptr<std::byte[]> memory(new std::byte[elements * dtype.item_bytes]);
  const Dest chunk = Dest::dense(memory.get(), dtype, part.inside);
  const Region inside = array::whole(part.inside);
  const ChunkDest dest(stored_view(chunk), stored_region(inside), form_);
  if (stored) {
    metadata_.chain.decode(*stored, dest, executor);
  } else {
    array::fill_box(chunk, metadata_.fill);
  }
  array::copy_box(source, chunk.part(part.in_chunk));
  const Source updated{memory.get(), dtype, chunk.shape, chunk.strides};
  write_chunk(key, ChunkSource(stored_view(updated), stored_region(inside), form_), executor);
}

std::unique_ptr<store::Openings> Array::openings(const Region& region) {
  return store_.open_each(grid_.count(region), chunk_bytes(),
                          [this, region](std::uint64_t i) { return key_of(grid_.part_at(region, i).chunk); });
}

void Array::read_into(const Region& region, const Dest& dest) {
  check_view(region, dest.shape, dest.dtype);
  const std::unique_ptr<store::Openings> objects = openings(region);
  for_each_piece(executor_, grid_.count(region), [&](std::uint64_t i, Executor& executor) {
    const ChunkPart part = grid_.part_at(region, i);
    const Dest view = dest.part(part.in_region);
    if (const std::unique_ptr<bytes::RandomAccess> object = objects->open(i)) {
      metadata_.chain.decode(*object, ChunkDest(stored_view(view), stored_region(part.in_chunk), form_), executor);
    } else {
      array::fill_box(view, metadata_.fill);
    }
  });
}

}  // namespace chunkmark::zarr
