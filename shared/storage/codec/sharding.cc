#include "storage/codec/sharding.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "bytes/buffer_sink.h"
#include "bytes/part.h"
#include "bytes/sink_turns.h"
#include "storage/array/box.h"
#include "storage/codec/checksum.h"

namespace chunkmark::codec {

using array::ChunkGrid;
using array::ChunkPart;
using array::Region;
using array::Shape;

namespace {

constexpr array::DType kUInt64{array::Kind::kUInt, 8};
constexpr std::uint64_t kMissing = ~std::uint64_t{0};  // as offset and as size: there is no such inner chunk
constexpr std::size_t kTakenOverBytes = 128 * 1024;

Shape inner_counts(const Shape& shard, const Shape& inner) {
  Shape counts(shard.size());
  for (std::size_t i = 0; i < shard.size(); ++i) counts[i] = shard[i] / inner[i];
  return counts;
}

}  // namespace

// Offset and size of every inner chunk, in C order.
class Sharding::Index {
 public:
  struct Entry {
    std::uint64_t offset = kMissing, size = kMissing;
    bool is_missing() const { return offset == kMissing && size == kMissing; }
  };

  Index(const Sharding& sharding, const Shape& shard_shape)
      : sharding_(sharding),
        counts_(inner_counts(shard_shape, sharding.settings_.inner_shape)),
        shape_(counts_),
        bytes_(*sharding.settings_.index.exact_bytes(16 * array::element_count(counts_))) {
    shape_.push_back(2);
  }

  std::uint64_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }
  Entry& operator[](std::size_t i) { return entries_[i]; }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }

  std::size_t number(const Shape& inner) const {
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) at = at * counts_[i] + inner[i];
    return static_cast<std::size_t>(at);
  }

  void clear() { entries_.resize(static_cast<std::size_t>(array::element_count(counts_))); }

  void read(const RandomAccess& object) {
    if (object.size() < bytes_) {
      throw Error(ErrorCode::kCorrupt, object.name() + ": expected an index of " + std::to_string(bytes_) +
                                           " bytes, found " + std::to_string(object.size()) + " bytes in all");
    }
    clear();
    const std::uint64_t begin = sharding_.settings_.index_at_start ? 0 : object.size() - bytes_;
    const bytes::ObjectPart part(object, object.name() + ": index", begin, bytes_);
    InlineExecutor executor;
    array::Dest dest = array::Dest::dense(reinterpret_cast<std::byte*>(entries_.data()), kUInt64, shape_);
    sharding_.settings_.index.decode(part, ChunkDest(dest, array::whole(shape_), form()), executor);
  }

  std::vector<std::byte> encoded() const {
    bytes::BufferSink sink("index");
    InlineExecutor executor;
    const array::Source source =
        array::Source::dense(reinterpret_cast<const std::byte*>(entries_.data()), kUInt64, shape_);
    sharding_.settings_.index.encode(ChunkSource(source, array::whole(shape_), form()), sink, executor);
    return sink.take();
  }

  // The stored bytes of inner chunk `i`, which is there.
  bytes::ObjectPart part(const RandomAccess& object, std::size_t i) const {
    std::string name = object.name() + ": inner chunk " + std::to_string(i) + " of " + std::to_string(size());
    const Entry& entry = entries_[i];
    if (entry.offset > object.size() || entry.size > object.size() - entry.offset) {
      throw Error(ErrorCode::kCorrupt, name + ": expected bytes of " + std::to_string(object.size()) + ", found " +
                                           std::to_string(entry.size) + " at " + std::to_string(entry.offset));
    }
    return {object, std::move(name), entry.offset, entry.size};
  }

 private:
  array::ChunkForm form() const { return {shape_, sharding_.settings_.index.big_endian, {}}; }

  const Sharding& sharding_;
  Shape counts_, shape_;
  std::uint64_t bytes_;
  std::vector<Entry> entries_;
};

// Appends inner chunks and the index.
class Sharding::Writer {
 public:
  Writer(const Sharding& sharding, const Shape& shard_shape, Sink& sink)
      : sharding_(sharding), index_(sharding, shard_shape), sink_(sink) {
    index_.clear();
    if (sharding_.settings_.index_at_start) {
      sink_.reserve(static_cast<std::size_t>(index_.bytes()));
      end_ = index_.bytes();
    }
  }

  std::uint64_t end() const { return end_; }

  void encode(const Shape& inner, const ChunkSource& source, Executor& executor) {
    bytes::SinkPart part(sink_, end_);
    sharding_.settings_.inner.encode(source, part, executor);
    note(index_.number(inner), part.size());
  }
  // One that the sink has. Several lanes may note different ones.
  void note(const Shape& inner, const bytes::Extent& stored) {
    index_[index_.number(inner)] = {stored.offset, stored.size};
  }
  void append(const Shape& inner, ByteView stored) {
    sink_.append(stored);
    note(index_.number(inner), stored.size());
  }
  void take_over(std::size_t i, const RandomAccess& stored) {
    std::vector<std::byte> scratch(static_cast<std::size_t>(std::min<std::uint64_t>(stored.size(), kTakenOverBytes)));
    for (std::uint64_t at = 0; at < stored.size();) {
      const std::uint64_t n = std::min<std::uint64_t>(scratch.size(), stored.size() - at);
      const MutableByteView piece(scratch.data(), static_cast<std::size_t>(n));
      stored.read_at(at, piece);
      sink_.append(piece);
      at += n;
    }
    note(i, stored.size());
  }

  void finish() {
    const std::vector<std::byte> index = index_.encoded();
    if (sharding_.settings_.index_at_start) return sink_.patch_at(0, index);
    sink_.append(index);
  }

 private:
  void note(std::size_t i, std::uint64_t bytes) {
    index_[i] = {end_, bytes};
    end_ += bytes;
  }

  const Sharding& sharding_;
  Index index_;
  Sink& sink_;
  std::uint64_t end_ = 0;
};

void Sharding::check(const Shape& shard_shape, const std::string& name) const {
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected " + expected + ", found " + found);
  };
  const Shape& inner = settings_.inner_shape;
  bool divides = inner.size() == shard_shape.size();
  for (std::size_t i = 0; divides && i < inner.size(); ++i) divides = inner[i] > 0 && shard_shape[i] % inner[i] == 0;
  if (!divides) refuse("inner chunks that divide shards of " + array::to_string(shard_shape), array::to_string(inner));
  const std::uint64_t chunks = array::element_count(inner_counts(shard_shape, inner));
  if (chunks > kMaxInnerChunks) {
    refuse("at most " + std::to_string(kMaxInnerChunks) + " inner chunks", std::to_string(chunks));
  }
  if (!settings_.index.exact_bytes(16 * chunks)) {
    refuse("an index whose size does not depend on its content", "one that is compressed or sharded");
  }
}

array::ChunkForm Sharding::inner_form() const {
  return {settings_.inner.stored_order(settings_.inner_shape), settings_.inner.big_endian, settings_.fill};
}

// `part` says where the inner chunk meets what `shard` covers.
template <typename Chunk>
Chunk Sharding::inner_chunk(const Chunk& shard, const ChunkPart& part) const {
  const Chain& inner = settings_.inner;
  auto view = shard.view().part(part.in_region);
  view.shape = inner.stored_order(view.shape);
  view.strides = inner.stored_order(view.strides);
  const Region in_chunk{inner.stored_order(part.in_chunk.start), inner.stored_order(part.in_chunk.shape)};
  return Chunk(std::move(view), in_chunk, inner_form());
}

void Sharding::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  Writer writer(*this, source.shape(), sink);
  const Region& region = source.in_chunk();
  const ChunkGrid grid(source.shape(), settings_.inner_shape);
  const std::uint64_t chunks = grid.count(region);
  const std::uint64_t inner_bytes = array::element_count(settings_.inner_shape) * source.dtype().item_bytes;
  if (executor.width() > 1 && inner_bytes > kBufferedInnerBytes && settings_.inner.encodes_on_one_lane(inner_bytes)) {
    bytes::SinkTurns turns(sink, writer.end(), executor.width(), kHeldInnerBytes);
    executor.parallel(static_cast<std::size_t>(chunks), [&](std::size_t i, unsigned) {
      const ChunkPart part = grid.part_at(region, i);
      bytes::SinkTurns::Piece piece(turns, i);
      InlineExecutor alone;
      settings_.inner.encode(inner_chunk(source, part), piece, alone);
      writer.note(part.chunk, piece.finish());
    });
    return writer.finish();
  }
  if (executor.width() == 1 || inner_bytes > kBufferedInnerBytes) {
    for (std::uint64_t i = 0; i < chunks; ++i) {
      const ChunkPart part = grid.part_at(region, i);
      writer.encode(part.chunk, inner_chunk(source, part), executor);
    }
    return writer.finish();
  }
  std::vector<bytes::BufferSink> buffers(executor.width(), bytes::BufferSink(sink.name()));
  executor.ordered(
      static_cast<std::size_t>(chunks),
      [&](std::size_t i, unsigned lane) {
        InlineExecutor alone;
        buffers[lane].clear();
        settings_.inner.encode(inner_chunk(source, grid.part_at(region, i)), buffers[lane], alone);
      },
      [&](std::size_t i, unsigned lane) { writer.append(grid.part_at(region, i).chunk, buffers[lane].bytes()); });
  writer.finish();
}

void Sharding::decode(const RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
  Index index(*this, dest.shape());
  index.read(object);
  const Region& region = dest.in_chunk();
  const ChunkGrid grid(dest.shape(), settings_.inner_shape);
  for_each_piece(executor, grid.count(region), [&](std::uint64_t i, Executor& inner_executor) {
    const ChunkPart part = grid.part_at(region, i);
    const std::size_t number = index.number(part.chunk);
    if (index[number].is_missing()) {
      return array::fill_box(dest.view().part(part.in_region), settings_.fill);
    }
    settings_.inner.decode(index.part(object, number), inner_chunk(dest, part), inner_executor);
  });
}

void Sharding::each_inner(const RandomAccess& object, const Shape& shard_shape, const Region& region,
                          const VisitInner& visit) const {
  Index index(*this, shard_shape);
  index.read(object);
  ChunkGrid(shard_shape, settings_.inner_shape).for_each(region, [&](const ChunkPart& part) {
    const std::size_t number = index.number(part.chunk);
    if (index[number].is_missing()) return visit(part, nullptr);
    const bytes::ObjectPart stored = index.part(object, number);
    visit(part, &stored);
  });
}

void Sharding::write_inner(const Shape& shard_shape, const Region& region, const EncodeInner& encode,
                           Sink& sink) const {
  Writer writer(*this, shard_shape, sink);
  bytes::BufferSink buffer(sink.name());
  ChunkGrid(shard_shape, settings_.inner_shape).for_each(region, [&](const ChunkPart& part) {
    buffer.clear();
    encode(part, buffer);
    writer.append(part.chunk, buffer.bytes());
  });
  writer.finish();
}

std::uint64_t Sharding::most_encoded_bytes(const ChunkDest& dest) const {
  constexpr std::uint64_t kOverhead = 512;  // of an inner chunk in headers, tables and sums
  const std::uint64_t chunks = array::element_count(inner_counts(dest.shape(), settings_.inner_shape));
  return 2 * dest.bytes() + chunks * kOverhead + 65536;
}

void Sharding::update(const RandomAccess* old, const ChunkSource& source, const Shape& inside, Sink& sink,
                      Executor& executor) const {
  Index before(*this, source.shape());
  if (old != nullptr) {
    before.read(*old);
  } else {
    before.clear();
  }
  Writer writer(*this, source.shape(), sink);
  const ChunkGrid grid(inside, settings_.inner_shape);
  std::vector<bool> touched(before.size());
  const std::uint64_t chunks = grid.count(source.in_chunk());
  for (std::uint64_t i = 0; i < chunks; ++i) {
    const ChunkPart part = grid.part_at(source.in_chunk(), i);
    const std::size_t number = before.number(part.chunk);
    touched[number] = true;
    if (part.covers_chunk()) {
      writer.encode(part.chunk, inner_chunk(source, part), executor);
      continue;
    }
    const array::DType dtype = source.dtype();
    const std::unique_ptr<std::byte[]> memory(new std::byte[array::element_count(part.inside) * dtype.item_bytes]);
    const array::Dest decoded = array::Dest::dense(memory.get(), dtype, part.inside);
    ChunkPart all = part;
    all.in_chunk = all.in_region = array::whole(part.inside);
    if (before[number].is_missing()) {
      array::fill_box(decoded, settings_.fill);
    } else {
      const ChunkDest dest(decoded, all.in_chunk, {settings_.inner_shape, false, settings_.fill});
      settings_.inner.decode(before.part(*old, number), inner_chunk(dest, all), executor);
    }
    array::copy_box(source.view().part(part.in_region), decoded.part(part.in_chunk));
    const ChunkSource changed(array::Source::dense(memory.get(), dtype, part.inside), all.in_chunk,
                              {settings_.inner_shape, false, settings_.fill});
    writer.encode(part.chunk, inner_chunk(changed, all), executor);
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (old && !touched[i] && !before[i].is_missing()) writer.take_over(i, before.part(*old, i));
  }
  writer.finish();
}

Chain sharded(Chain inner, Shape inner_shape, const array::Element& fill) {
  Sharding::Settings settings;
  settings.inner_shape = std::move(inner_shape);
  settings.inner = std::move(inner);
  settings.index.codecs = {std::make_shared<ChecksumCodec>()};
  settings.fill = fill;
  Chain chain;
  chain.sharding = std::make_shared<Sharding>(std::move(settings));
  return chain;
}

}  // namespace chunkmark::codec
