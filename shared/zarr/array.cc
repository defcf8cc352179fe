#include "zarr/array.h"

#include <memory>
#include <utility>

#include "base/error.h"

namespace chunkmark::zarr {

using array::ChunkDest;
using array::ChunkPart;
using array::ChunkSource;
using array::Dest;
using array::Region;
using array::Source;

namespace {

// Larger documents are refused before they are read: 16 MiB holds attributes far beyond what libraries write.
constexpr std::size_t kMostMetadataBytes = 16 << 20;

}  // namespace

Array::Array(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor)
    : store_(store),
      path_(std::move(path)),
      metadata_(std::move(metadata)),
      executor_(executor),
      grid_(metadata_.shape, metadata_.chunk_shape),
      form_{metadata_.chunk_shape, metadata_.chain.big_endian, metadata_.fill} {}

Array Array::create(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor) {
  const std::string key = store::join_key(path, "zarr.json");
  check(metadata, key);
  store::write_text(store, key, document_v3(metadata));
  return Array(store, std::move(path), std::move(metadata), executor);
}

Array Array::open(store::Store& store, std::string path, Executor& executor) {
  const std::string key = store::join_key(path, "zarr.json");
  const std::optional<std::string> text = store::read_text(store, key, kMostMetadataBytes);
  if (!text) {
    throw Error(ErrorCode::kNotFound,
                "expected a Zarr array in " + store.location() + " at \"" + path + "\", found no " + key);
  }
  return Array(store, std::move(path), parse_v3(*text, key), executor);
}

std::string Array::key_of(const array::Shape& chunk) const {
  return store::join_key(path_, chunk_key(metadata_, chunk));
}

void Array::check_view(const Region& region, const array::Shape& shape, array::DType dtype) const {
  const std::string name = "array \"" + path_ + "\"";
  array::check_region(region, metadata_.shape, name);
  if (shape != region.shape) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected memory of shape " +
                                                 array::to_string(region.shape) + ", found " +
                                                 array::to_string(shape));
  }
  if (dtype != metadata_.dtype) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected elements of type " +
                                                 array::dtype_name(metadata_.dtype) + ", found " +
                                                 array::dtype_name(dtype));
  }
}

void Array::write(const Region& region, const Source& source) {
  check_view(region, source.shape, source.dtype);
  grid_.for_each(region, [&](const ChunkPart& part) {
    const std::string key = key_of(part.chunk);
    const Source view = source.part(part.in_region);
    if (part.covers_chunk()) {
      write_chunk(key, ChunkSource(view, part.in_chunk, form_));
    } else {
      write_partial_chunk_copy(key, part, view);
    }
  });
}

void Array::write_chunk(const std::string& key, const ChunkSource& source) {
  const std::unique_ptr<store::Sink> sink = store_.create(key, metadata_.chain.exact_bytes(source.bytes()));
  metadata_.chain.encode(source, *sink, executor_);
  sink->commit();
}

void Array::write_partial_chunk_copy(const std::string& key, const ChunkPart& part, const Source& source) {
  const array::DType dtype = metadata_.dtype;
  const std::uint64_t elements = array::checked_element_count(part.inside, dtype.item_bytes, key);
  const std::unique_ptr<std::byte[]> memory(new std::byte[elements * dtype.item_bytes]);
  const Dest chunk = Dest::dense(memory.get(), dtype, part.inside);
  const Region inside = array::whole(part.inside);
  const ChunkDest dest(chunk, inside, form_);
  if (const std::unique_ptr<store::ObjectReader> object = store_.open(key)) {
    metadata_.chain.decode(*object, dest, executor_);
  } else {
    dest.fill(metadata_.fill);
  }
  // The new part over the old: a ChunkSource of the source alone, scattered into the chunk.
  const array::ChunkForm plain{source.shape, false, metadata_.fill};
  const ChunkSource from(source, array::whole(source.shape), plain);
  const ChunkDest onto(chunk.part(part.in_chunk), array::whole(source.shape), plain);
  constexpr std::size_t kPieceBytes = 64 * 1024;  // stays in the first-level caches on its way through
  std::vector<std::byte> piece(kPieceBytes);
  for (std::uint64_t at = 0; at < from.bytes(); at += kPieceBytes) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, from.bytes() - at));
    from.gather(at, MutableByteView(piece).first(n));
    onto.scatter(at, MutableByteView(piece).first(n));
  }
  write_chunk(key, ChunkSource({memory.get(), dtype, chunk.shape, chunk.strides}, inside, form_));
}

void Array::read_into(const Region& region, const Dest& dest) {
  check_view(region, dest.shape, dest.dtype);
  grid_.for_each(region, [&](const ChunkPart& part) {
    const ChunkDest chunk(dest.part(part.in_region), part.in_chunk, form_);
    if (const std::unique_ptr<store::ObjectReader> object = store_.open(key_of(part.chunk))) {
      metadata_.chain.decode(*object, chunk, executor_);
    } else {
      chunk.fill(metadata_.fill);
    }
  });
}

}  // namespace chunkmark::zarr
