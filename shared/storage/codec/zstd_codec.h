// ZstdCodec: a chunk as one Zstandard frame with its content size; any frames are read.
//
// Writing borrows the array as zstd's own input window where it is contiguous; reading decodes straight into contiguous
// memory. Scratch: kZstdPieceBytes for the encoded side, the same for a strided array (a whole chunk of up to
// kZstdWholeBytes when reading, kZstdGatherBytes when writing), and zstd's working memory, which depends
// on the level (about 1.3 MB at level 3), when the array is strided also on the window (512 KiB up to level 3, at most
// 8 MB up to level 19), and which each thread keeps up to 8 MB of. Source: RFC 8878.
#pragma once

#include "storage/codec/codec.h"
#include "storage/codec/dialect.h"

namespace chunkmark::codec {

struct ZstdSettings {
  int level = 0;  // 0 is zstd's own default, 3
  bool checksum = false;
};

// Four blocks of zstd. Where a whole block (128 KiB) fits into the rest of a piece, zstd works on the piece itself; a
// block that crosses its end goes through memory of zstd's own. So pieces of one block were all copied once more.
inline constexpr std::size_t kZstdPieceBytes = 512 * 1024;

// What is gathered goes through zstd's window anyway.
inline constexpr std::size_t kZstdGatherBytes = 128 * 1024;

// A strided chunk of up to this size is decoded as a whole: it takes less memory than a window and a piece.
inline constexpr std::uint64_t kZstdWholeBytes = 2 << 20;

class ZstdCodec final : public Codec {
 public:
  explicit ZstdCodec(ZstdSettings settings) : settings_(settings) {}

  std::string_view name() const override { return "zstd"; }
  json::object configuration(Dialect dialect) const override;
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const override;
  std::optional<std::uint64_t> content_bytes(const bytes::RandomAccess& object) const override;

 private:
  ZstdSettings settings_;
};

}  // namespace chunkmark::codec
