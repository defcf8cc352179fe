// Chain: all that lies between an array's chunk and its stored object: order of dimensions and of bytes, compression,
// checksum.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "storage/codec/codec.h"

namespace chunkmark::codec {

struct Chain {
  // Stored dimension i is the array's dimension transpose[i]; empty: as they are. Applied by whoever makes the
  // ChunkForm.
  std::vector<std::size_t> transpose;
  bool big_endian = false;
  std::shared_ptr<const Codec> compressor;  // null: the serial bytes as they are
  bool checksum = false;                    // "crc32c" as the last codec

  // The size of the stored object where it does not depend on the content.
  std::optional<std::uint64_t> exact_bytes(std::uint64_t chunk_bytes) const;

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const;

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
