// Encodes chunks as a dataset's filter pipeline says.
//
// gzip, shuffle, fletcher32, lzf, lz4, zstd, bzip2 and blosc (1) are encoded. What is not here (szip, scaleoffset,
// nbit, bitshuffle, blosc2, plug-ins) is left out and the chunk's filter mask says so: every reader of HDF5 gets the
// same elements, from more bytes. lzf is left out where it does not make the chunk smaller, as h5py does. Others are
// kept even then: the HDF5 library takes a chunk that it rewrites with equally many bytes to have the filters that it
// had before (its B-tree keeps the old mask), so that each mask is a chance for it to misread later.
//
// A pipeline whose last filter is gzip with level 0 declares "edge compression": full chunks are stored as they are;
// in edge chunks only the valid elements are (gzip alone: trimmed_chunk.h), or they are compressed fast (with shuffle
// before it).
//
// Owns two scratch buffers of about a chunk, and what deflate and zstd need at their levels. Not thread-safe. Errors:
// kUnsupported, kUnavailable.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/array/shape.h"
#include "storage/hdf5/messages.h"

struct libdeflate_compressor;
struct ZSTD_CCtx_s;
extern "C" {
void libdeflate_free_compressor(libdeflate_compressor* compressor);
std::size_t ZSTD_freeCCtx(ZSTD_CCtx_s* context);
}

namespace chunkmark::hdf5 {

struct EncodedChunk {
  ByteView bytes;  // valid until the next encode(), or the chunk's own
  std::uint32_t mask = 0;
  std::uint64_t zeros = 0;  // so many of the last bytes are zeros, perhaps more
};

class ChunkEncoder {
 public:
  // Whether encoding is more than copying: it is, but for no filter and for gzip alone with level 0.
  static bool compresses(const std::vector<Filter>& filters);

  // `chunk` has `shape` elements, row-major; those outside the box of `valid` extents at its start are padding, all of
  // them the same.
  EncodedChunk encode(const std::vector<Filter>& filters, ByteView chunk, std::uint64_t element_bytes,
                      const array::Shape& shape, const array::Shape& valid, std::string_view what);

 private:
  // Into out_; the bytes made.
  std::size_t deflate(ByteView in, std::uint32_t level, std::string_view what);
  std::size_t compress_zstd(ByteView in, int level, std::string_view what);

  struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const { ::libdeflate_free_compressor(compressor); }
  };
  struct FreeZstd {
    void operator()(ZSTD_CCtx_s* context) const { ::ZSTD_freeCCtx(context); }
  };

  std::vector<std::byte> in_, out_;
  std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor_;
  std::uint32_t level_ = 0;
  std::unique_ptr<ZSTD_CCtx_s, FreeZstd> zstd_;
};

}  // namespace chunkmark::hdf5
