#include "storage/codec/chain.h"

#include "storage/codec/checksum.h"
#include "storage/codec/raw.h"

namespace chunkmark::codec {
namespace {

void encode_content(const Codec* compressor, const ChunkSource& source, Sink& sink, Executor& executor) {
  if (compressor != nullptr) return compressor->encode(source, sink, executor);
  encode_raw(source, sink);
}

void decode_content(const Codec* compressor, const bytes::RandomAccess& object, const ChunkDest& dest,
                    Executor& executor) {
  if (compressor != nullptr) return compressor->decode(object, dest, executor);
  decode_raw(object, dest);
}

}  // namespace

std::optional<std::uint64_t> Chain::exact_bytes(std::uint64_t chunk_bytes) const {
  if (compressor) return std::nullopt;
  return chunk_bytes + (checksum ? kChecksumBytes : 0);
}

void Chain::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  if (!checksum) return encode_content(compressor.get(), source, sink, executor);
  ChecksumSink summed(sink);
  encode_content(compressor.get(), source, summed, executor);
  summed.finish();
}

void Chain::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
  if (!checksum) return decode_content(compressor.get(), object, dest, executor);
  VerifiedObject verified(object);
  decode_content(compressor.get(), verified, dest, executor);
}

}  // namespace chunkmark::codec
