#include "codec/chain.h"

#include "codec/raw.h"

namespace chunkmark::codec {

std::optional<std::uint64_t> Chain::exact_bytes(std::uint64_t chunk_bytes) const {
  if (compressor) return std::nullopt;
  return chunk_bytes;
}

void Chain::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  if (compressor) return compressor->encode(source, sink, executor);
  encode_raw(source, sink);
}

void Chain::decode(ObjectReader& object, const ChunkDest& dest, Executor& executor) const {
  if (compressor) return compressor->decode(object, dest, executor);
  decode_raw(object, dest);
}

}  // namespace chunkmark::codec
