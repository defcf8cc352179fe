// Sharding: the "sharding_indexed" codec: a stored chunk (a shard) that holds inner chunks, each through a chain of its
// own, and an index that says where each begins and how many bytes it has. Source: Zarr v3 sharding-indexed codec 1.0.
//
// Writing streams the inner chunks one after the other, straight from the array: small ones are encoded by all lanes
// into buffers of kBufferedInnerBytes each and appended in order; larger ones use the lanes inside, or where their
// codec cannot, are encoded beside each other and take turns (bytes::SinkTurns). Reading takes the index and then only
// the inner chunks that are wanted, each straight into the array. Scratch: the index (16 bytes for an inner chunk), the
// buffers (kHeldInnerBytes for each lane but one), and that of the inner codec. Inner chunks that lie outside the array
// are not stored; those that are not stored read as the fill value. Immutable; safe from several threads.
#pragma once

#include <functional>

#include "storage/array/chunk_grid.h"
#include "storage/codec/chain.h"

namespace chunkmark::codec {

inline constexpr std::string_view kShardingName = "sharding_indexed";

// Inner chunks of up to this size are encoded beside each other.
inline constexpr std::uint64_t kBufferedInnerBytes = 256 * 1024;
// Of a larger one, so much waits in memory for its turn.
inline constexpr std::size_t kHeldInnerBytes = 2816 * 1024;

// An index of 1 GiB.
inline constexpr std::uint64_t kMaxInnerChunks = std::uint64_t{1} << 26;

class Sharding {
 public:
  struct Settings {
    array::Shape inner_shape;  // in the stored order of dimensions; divides the shard's
    Chain inner;
    Chain index;  // of a size that does not depend on the content
    bool index_at_start = false;
    array::Element fill{};
  };

  explicit Sharding(Settings settings) : settings_(std::move(settings)) {}

  const Settings& settings() const { return settings_; }

  // Errors: kInvalidArgument, naming `name`, unless shards of this shape can hold such inner chunks.
  void check(const array::Shape& shard_shape, const std::string& name) const;

  // As Codec's, of a shard: `source` covers all of the shard that lies inside the array.
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const;
  // Errors: kCorrupt, naming the object and the inner chunk.
  void decode(const RandomAccess& object, const ChunkDest& dest, Executor& executor) const;

  // Calls visit(part, stored) for every inner chunk that meets `region` of a shard of this shape, in order; `stored` is
  // null where it is not stored.
  using VisitInner = std::function<void(const array::ChunkPart& part, const RandomAccess* stored)>;
  void each_inner(const RandomAccess& object, const array::Shape& shard_shape, const array::Region& region,
                  const VisitInner& visit) const;

  // Writes a shard of the inner chunks that meet `region`; encode(part, sink) gives each one's bytes.
  using EncodeInner = std::function<void(const array::ChunkPart& part, Sink& sink)>;
  void write_inner(const array::Shape& shard_shape, const array::Region& region, const EncodeInner& encode,
                   Sink& sink) const;

  // What a shard may take, inner chunks that do not compress included.
  std::uint64_t most_encoded_bytes(const ChunkDest& dest) const;

  // Writes `old` (null: a shard that is not there) again with what `source` covers replaced. `inside` is the extent of
  // the shard that lies inside the array. Inner chunks that are not touched are taken over as they are stored; those
  // that are touched in part are decoded, one at a time.
  void update(const RandomAccess* old, const ChunkSource& source, const array::Shape& inside, Sink& sink,
              Executor& executor) const;

 private:
  class Index;
  class Writer;

  array::ChunkForm inner_form() const;
  template <typename Chunk>
  Chunk inner_chunk(const Chunk& shard, const array::ChunkPart& part) const;

  Settings settings_;
};

// Shards of inner chunks of this shape, each through `inner`; the index at the end, with a checksum.
Chain sharded(Chain inner, array::Shape inner_shape, const array::Element& fill);

}  // namespace chunkmark::codec
