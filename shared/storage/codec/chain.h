// Chain: all that lies between an array's chunk and its stored object: order of dimensions, shards or the order of
// bytes, then codecs: filters on elements, and codecs from bytes to bytes.
//
// One compressor with a checksum behind it streams, and so do shards with a checksum. Any other codec behind a first
// one needs what comes before it as a whole: the chain then holds the encoded chunk in memory, once for each such
// codec. Filters see the serial bytes, whose order they know. Immutable; safe from several threads.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "storage/codec/codec.h"

namespace chunkmark::codec {

class Sharding;

struct Chain {
  // Stored dimension i is the array's dimension transpose[i]; empty: as they are. Applied by whoever makes the
  // ChunkForm.
  std::vector<std::size_t> transpose;
  bool big_endian = false;
  std::shared_ptr<const Sharding> sharding;          // null: the elements in order
  std::vector<std::shared_ptr<const Codec>> codecs;  // in the order in which they encode

  // The size of the stored object where it does not depend on the content.
  std::optional<std::uint64_t> exact_bytes(std::uint64_t chunk_bytes) const;

  // Whether encode() computes for long, and uses one lane of its executor.
  bool encodes_on_one_lane(std::uint64_t chunk_bytes) const;

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const;

  // The serial bytes where their number depends on the content: variable-length strings. Errors: kCorrupt, also when
  // they are more than `max_bytes`.
  std::vector<std::byte> decoded_copy(const bytes::RandomAccess& object, std::uint64_t max_bytes,
                                      Executor& executor) const;

  // Whether a part of a stored chunk can be replaced without the rest being decoded (Sharding::update).
  bool updates_parts() const { return sharding != nullptr && codecs.empty(); }

  // `values`, which go with the array's dimensions, in the stored order.
  template <typename T>
  std::vector<T> stored_order(const std::vector<T>& values) const {
    if (transpose.empty()) return values;
    std::vector<T> stored;
    stored.reserve(values.size());
    for (const std::size_t dimension : transpose) stored.push_back(values[dimension]);
    return stored;
  }
};

}  // namespace chunkmark::codec
