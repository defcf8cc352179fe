// GzipCodec: a chunk as one gzip member; several members in a row are read as one stream.
//
// zlib streams from the array, ISA-L or else zlib (see gzip_member.h) into it where it is contiguous. Scratch:
// kGzipPieceBytes for the encoded side, the same for a strided array, and the library's state (268 KB writing, 87 or
// 44 KB reading). Source: RFC 1952.
#pragma once

#include "codec/codec.h"

namespace chunkmark::codec {

struct GzipSettings {
  int level = 5;  // 0..9
};

// Few enough calls that they do not show beside the compression.
inline constexpr std::size_t kGzipPieceBytes = 128 * 1024;

class GzipCodec final : public Codec {
 public:
  explicit GzipCodec(GzipSettings settings) : settings_(settings) {}

  std::string_view name() const override { return "gzip"; }
  json::object configuration(Dialect) const override { return {{"level", settings_.level}}; }
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override;
  void decode(ObjectReader& object, const ChunkDest& dest, Executor& executor) const override;

 private:
  GzipSettings settings_;
};

}  // namespace chunkmark::codec
