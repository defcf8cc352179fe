// The frame of a blosc1 chunk: a 16-byte header, the block offsets, the blocks. Pure functions on bytes.
//
// Source: c-blosc README_CHUNK_FORMAT.rst.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace chunkmark::codec {

inline constexpr std::size_t kBloscHeaderBytes = 16;
inline constexpr std::size_t kBloscStartBytes = 4;                               // one block offset
inline constexpr std::uint64_t kBloscMaxBytes = 0x7fffffff - kBloscHeaderBytes;  // sizes are signed 32-bit numbers

// A block is stored as at most 16 parts, each with its 4-byte size; parts that do not compress are stored as they are.
inline constexpr std::size_t kBloscBlockOverhead = 16 * 4;

inline constexpr std::uint8_t kBloscMemcpyed = 0x02;
inline constexpr std::uint8_t kBloscNotSplit = 0x10;

struct BloscHeader {
  std::uint8_t version = 0, codec_version = 0, flags = 0, typesize = 0;
  std::uint32_t content_bytes = 0, block_bytes = 0, chunk_bytes = 0;

  bool memcpyed() const { return (flags & kBloscMemcpyed) != 0; }
  std::uint64_t blocks() const { return (std::uint64_t{content_bytes} + block_bytes - 1) / block_bytes; }
  // The size of the last block.
  std::uint32_t last_block_bytes() const {
    return content_bytes % block_bytes == 0 ? block_bytes : content_bytes % block_bytes;
  }
};

BloscHeader load_blosc_header(const std::byte* from);
void store_blosc_header(const BloscHeader& header, std::byte* to);

// Errors: kCorrupt unless the header is of the known version, agrees with the content's size, lies within the object
// (bytes behind the chunk, which some writers leave, are passed over), and has room for its block offsets; kUnsupported
// for a compressor that this library does not contain.
void check_blosc_header(const BloscHeader& header, std::uint64_t object_bytes, std::uint64_t content_bytes,
                        const std::string& object);

// Whether blosc was built with this compressor; "snappy" is missing in places.
bool has_blosc_compressor(const std::string& name);

}  // namespace chunkmark::codec
