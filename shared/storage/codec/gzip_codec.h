// GzipCodec: a chunk as one gzip member; several members in a row are read as one stream.
//
// Writing, libdeflate compresses segments of the chunk in parallel, each by itself; what is stored is the same for
// every number of lanes. Scratch per lane: see DeflateSegment, and a segment where the array is not contiguous.
//
// Reading, ISA-L or else zlib (see gzip_member.h) streams into the array where it is contiguous.
// Scratch: kGzipPieceBytes for the encoded side, the same for a strided array, and the library's state (87 or 44 KB).
// Source: RFC 1952.
#pragma once

#include "storage/codec/codec.h"

namespace chunkmark::codec {

struct GzipSettings {
  int level = 5;  // 0..9
};

// The window begins anew in each. On 25 MB of random integers below 1000 that costs 0.4 %; where hardly anything is
// left to be stored (1 % of the content) it costs 45 % of that.
inline constexpr std::uint64_t kGzipSegmentBytes = 1024 * 1024;

// Few enough calls that they do not show beside the compression.
inline constexpr std::size_t kGzipPieceBytes = 128 * 1024;

class GzipCodec final : public Codec {
 public:
  explicit GzipCodec(GzipSettings settings) : settings_(settings) {}

  std::string_view name() const override { return "gzip"; }
  json::object configuration(Dialect) const override { return {{"level", settings_.level}}; }
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const override;
  bool encodes_on_lanes() const override { return true; }
  std::optional<std::uint64_t> content_bytes(const bytes::RandomAccess& object) const override;

 private:
  GzipSettings settings_;
};

}  // namespace chunkmark::codec
