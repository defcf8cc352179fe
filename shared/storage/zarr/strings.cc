// Arrays of variable-length strings: whole chunks are decoded, and their strings put in place one by one.
#include <functional>

#include "base/error.h"
#include "bytes/buffer_sink.h"
#include "bytes/memory_file.h"
#include "storage/codec/sharding.h"
#include "storage/codec/vlen.h"
#include "storage/zarr/array.h"

namespace chunkmark::zarr {

using array::ChunkPart;
using array::Region;
using array::Shape;

namespace {

// What the strings of one chunk may take; a chunk that says more is refused before it is decoded.
constexpr std::uint64_t kMaxStringsBytes = std::uint64_t{1} << 30;

std::uint64_t flat_index(const Shape& at, const Shape& shape) {
  std::uint64_t flat = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) flat = flat * shape[i] + at[i];
  return flat;
}

// Every index of a box, in C order.
void for_each_index(const Shape& shape, const std::function<void(const Shape&)>& visit) {
  if (array::element_count(shape) == 0) return;
  Shape at(shape.size());
  while (true) {
    visit(at);
    std::size_t i = shape.size();
    while (i > 0 && at[i - 1] + 1 == shape[i - 1]) at[--i] = 0;
    if (i == 0) return;
    ++at[i - 1];
  }
}

Shape sum(Shape a, const Shape& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

Shape origin_of(const ChunkPart& part, const Shape& chunk_shape) {
  Shape origin = part.chunk;
  for (std::size_t i = 0; i < origin.size(); ++i) origin[i] *= chunk_shape[i];
  return origin;
}

// The order of a stored chunk's dimensions, undone.
Shape array_order(const codec::Chain& chain, const Shape& stored) {
  if (chain.transpose.empty()) return stored;
  Shape at(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) at[chain.transpose[i]] = stored[i];
  return at;
}

// Calls place(index within the chunk, string) for all of a region of a chunk.
using Place = std::function<void(const Shape& at, std::string_view string)>;

struct StringReader {
  std::string_view fill;
  Executor& executor;

  void read(const codec::Chain& chain, const bytes::RandomAccess& object, const Shape& chunk_shape,
            const Region& region, const Place& place) const {
    std::vector<std::byte> content = chain.decoded_copy(object, kMaxStringsBytes, executor);
    const Shape stored_shape = chain.stored_order(chunk_shape);
    const Region stored{chain.stored_order(region.start), chain.stored_order(region.shape)};
    const auto place_stored = [&](const Shape& at, std::string_view string) { place(array_order(chain, at), string); };
    if (!chain.sharding) {
      const auto items = codec::parse_vlen(content, array::element_count(chunk_shape), object.name());
      return for_each_index(stored.shape, [&](const Shape& index) {
        const Shape at = sum(index, stored.start);
        place_stored(at, items[static_cast<std::size_t>(flat_index(at, stored_shape))]);
      });
    }
    const bytes::MemoryFile shard(object.name(), std::move(content));
    const codec::Sharding::Settings& settings = chain.sharding->settings();
    chain.sharding->each_inner(
        shard, stored_shape, stored, [&](const ChunkPart& part, const bytes::RandomAccess* inner) {
          const Shape origin = origin_of(part, settings.inner_shape);
          const auto place_inner = [&](const Shape& at, std::string_view string) {
            place_stored(sum(at, origin), string);
          };
          if (inner != nullptr) return read(settings.inner, *inner, settings.inner_shape, part.in_chunk, place_inner);
          for_each_index(part.in_chunk.shape,
                         [&](const Shape& index) { place_inner(sum(index, part.in_chunk.start), fill); });
        });
  }
};

// What is read of a chunk, written.
struct StringWriter {
  Executor& executor;
  using StringAt = std::function<std::string_view(const Shape& at)>;

  // `inside` is the extent of the chunk that lies inside the array: inner chunks beyond are not stored.
  void write(const codec::Chain& chain, const Shape& chunk_shape, const Shape& inside, const StringAt& string_at,
             bytes::Sink& sink) const {
    const Shape stored_shape = chain.stored_order(chunk_shape);
    const auto stored_at = [&](const Shape& at) { return string_at(array_order(chain, at)); };
    codec::Chain codecs = chain;
    codecs.sharding = nullptr;
    if (!chain.sharding) {
      std::vector<std::string_view> items;
      for_each_index(stored_shape, [&](const Shape& at) { items.push_back(stored_at(at)); });
      return encode(codecs, codec::vlen_bytes(items), sink);
    }
    bytes::BufferSink shard(sink.name());
    const codec::Sharding::Settings& settings = chain.sharding->settings();
    chain.sharding->write_inner(
        stored_shape, array::whole(chain.stored_order(inside)),
        [&](const ChunkPart& part, bytes::Sink& inner) {
          const Shape origin = origin_of(part, settings.inner_shape);
          write(
              settings.inner, settings.inner_shape, part.in_chunk.shape,
              [&](const Shape& at) { return stored_at(sum(at, origin)); }, inner);
        },
        shard);
    encode(codecs, shard.take(), sink);
  }

 private:
  void encode(const codec::Chain& codecs, const std::vector<std::byte>& serial, bytes::Sink& sink) const {
    const Shape shape{serial.size()};
    constexpr array::DType kByte{array::Kind::kUInt, 1};
    codecs.encode({array::Source::dense(serial.data(), kByte, shape), array::whole(shape), {shape, false, {}}}, sink,
                  executor);
  }
};

}  // namespace

void Array::check_strings(const Region& region) const {
  const std::string name = "array \"" + path_ + "\"";
  array::check_region(region, metadata_.shape, name);
  if (!metadata_.type || !metadata_.type->is_variable()) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected variable-length strings, found elements of " +
                                                 json::serialize(type_json_v3(metadata_.element_type())));
  }
}

std::vector<std::string> Array::read_strings(const Region& region) {
  check_strings(region);
  const std::string fill(as_text(metadata_.fill));
  std::vector<std::string> strings(static_cast<std::size_t>(array::element_count(region.shape)), fill);
  grid_.for_each(region, [&](const ChunkPart& part) {
    const std::unique_ptr<bytes::RandomAccess> object = store_.open(key_of(part.chunk));
    if (!object) return;
    const StringReader reader{fill, executor_};
    reader.read(metadata_.chain, *object, metadata_.chunk_shape, part.in_chunk,
                [&](const Shape& at, std::string_view string) {
                  Shape in_region = sum(at, part.in_region.start);
                  for (std::size_t i = 0; i < in_region.size(); ++i) in_region[i] -= part.in_chunk.start[i];
                  strings[static_cast<std::size_t>(flat_index(in_region, region.shape))] = string;
                });
  });
  return strings;
}

void Array::write_strings(const Region& region, const std::vector<std::string>& strings) {
  check_strings(region);
  if (strings.size() != array::element_count(region.shape)) {
    throw Error(ErrorCode::kInvalidArgument, "array \"" + path_ + "\": expected " +
                                                 std::to_string(array::element_count(region.shape)) +
                                                 " strings, found " + std::to_string(strings.size()));
  }
  const Shape& chunk_shape = metadata_.chunk_shape;
  const std::string fill(as_text(metadata_.fill));
  std::vector<std::string> items;
  grid_.for_each(region, [&](const ChunkPart& part) {
    const std::string key = key_of(part.chunk);
    items.assign(static_cast<std::size_t>(array::element_count(chunk_shape)), fill);
    const auto item = [&](const Shape& at) -> std::string& {
      return items[static_cast<std::size_t>(flat_index(at, chunk_shape))];
    };
    if (const auto object = part.covers_chunk() ? nullptr : store_.open(key)) {
      const StringReader reader{fill, executor_};
      reader.read(metadata_.chain, *object, chunk_shape, array::whole(part.inside),
                  [&](const Shape& at, std::string_view string) { item(at) = string; });
    }
    for_each_index(part.in_chunk.shape, [&](const Shape& index) {
      const std::uint64_t from = flat_index(sum(index, part.in_region.start), region.shape);
      item(sum(index, part.in_chunk.start)) = strings[static_cast<std::size_t>(from)];
    });
    const std::unique_ptr<bytes::Sink> sink = store_.create(key, std::nullopt);
    StringWriter{executor_}.write(metadata_.chain, chunk_shape, part.inside, item, *sink);
    sink->commit();
  });
}

}  // namespace chunkmark::zarr
