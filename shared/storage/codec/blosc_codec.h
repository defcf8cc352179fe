// BloscCodec: a chunk in blosc1's format, made and read block by block with c-blosc's public functions.
//
// The library itself only knows whole chunks in memory. Here each block is compressed as a small chunk of its own,
// whose body is what the block would be inside the large one; bodies are appended in order, and the header with the
// block offsets is filled in last. The result is what blosc_compress_ctx would make, byte by byte, for every number
// of threads.
//
// Scratch per lane: about 4 blocks (block of 64 KB to 1 MB; ours, and the library's own), 2 more for one lane at the
// end; chunks of up to kBloscSmallChunkBytes go through the library whole. The block offsets take 4 bytes each. A chunk
// written elsewhere with larger blocks needs that much more to be read.
#pragma once

#include "storage/codec/codec.h"

namespace chunkmark::codec {

struct BloscSettings {
  std::string compressor = "lz4";  // blosclz, lz4, lz4hc, zlib, zstd
  int level = 5;                   // 0..9
  int shuffle = 1;                 // 0 none, 1 byte, 2 bit; -1 (numcodecs): bit for single bytes, else byte
  unsigned typesize = 0;           // bytes per element for shuffling; 0: the array's
  unsigned block_bytes = 0;        // 0: the library's choice
};

// The shuffle that is meant: 0, 1 or 2.
int blosc_shuffle(const BloscSettings& settings, std::size_t typesize);

// The library's largest own choice of block is 1 MiB; below twice that, blocks have no advantage over the whole.
inline constexpr std::size_t kBloscSmallChunkBytes = 2 << 20;

// A forced block size beyond this would make the scratch anything but bounded.
inline constexpr unsigned kBloscMaxForcedBlock = 4 << 20;

class BloscCodec final : public Codec {
 public:
  explicit BloscCodec(BloscSettings settings) : settings_(std::move(settings)) {}

  std::string_view name() const override { return "blosc"; }
  json::object configuration(Dialect dialect) const override;
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const override;
  bool encodes_on_lanes() const override { return true; }
  std::optional<std::uint64_t> content_bytes(const bytes::RandomAccess& object) const override;

 private:
  BloscSettings settings_;
};

}  // namespace chunkmark::codec
