// Chain: all that lies between an array's chunk and its stored object: byte order, compression, checksum.
#pragma once

#include <memory>

#include "codec/codec.h"

namespace chunkmark::codec {

struct Chain {
  bool big_endian = false;
  std::shared_ptr<const Codec> compressor;  // null: the serial bytes as they are

  // The size of the stored object where it does not depend on the content.
  std::optional<std::uint64_t> exact_bytes(std::uint64_t chunk_bytes) const;

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const;
  void decode(ObjectReader& object, const ChunkDest& dest, Executor& executor) const;
};

}  // namespace chunkmark::codec
