// What HDF5's filters do to a chunk, done bit by bit or by their libraries: the other side of the decoders.
#pragma once

#include <blosc.h>
#include <lz4.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <vector>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

using Bytes = std::vector<std::byte>;

inline Bytes noise(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

// Bit `bit` of byte `byte` of element i goes to bit i of plane 8 * byte + bit.
inline Bytes shuffled_bits(ByteView in, std::size_t element_bytes) {
  const std::size_t count = in.size() / element_bytes;
  Bytes out(in.size());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t bit = 0; bit < 8 * element_bytes; ++bit) {
      const bool set = std::to_integer<unsigned>(in[i * element_bytes + bit / 8]) >> bit % 8 & 1;
      const std::size_t to = bit * count + i;
      if (set) out[to / 8] |= static_cast<std::byte>(1u << to % 8);
    }
  }
  return out;
}

inline void append_be(Bytes& out, std::uint64_t value, unsigned width) {
  for (unsigned i = width; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

inline Bytes compressed(std::uint32_t compressor, ByteView in) {
  Bytes out(in.size() * 2 + 64);
  if (compressor == 2) {
    out.resize(static_cast<std::size_t>(
        LZ4_compress_default(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                             static_cast<int>(in.size()), static_cast<int>(out.size()))));
  } else {
    out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 1));
  }
  return out;
}

inline Bytes bitshuffled(ByteView in, std::size_t element_bytes, std::size_t block_elements, std::uint32_t compressor) {
  Bytes out;
  if (compressor != 0) {
    append_be(out, in.size(), 8);
    append_be(out, block_elements * element_bytes, 4);
  }
  const std::size_t whole = in.size() / element_bytes / 8 * 8 * element_bytes;
  for (std::size_t at = 0; at < whole;) {
    const std::size_t count = std::min(block_elements * element_bytes, whole - at);
    Bytes block = shuffled_bits(in.subspan(at, count), element_bytes);
    if (compressor != 0) {
      block = compressed(compressor, block);
      append_be(out, block.size(), 4);
    }
    out.insert(out.end(), block.begin(), block.end());
    at += count;
  }
  out.insert(out.end(), in.begin() + static_cast<long>(whole), in.end());
  return out;
}

inline Bytes byte_shuffled(ByteView in, std::size_t element_bytes) {
  Bytes out(in.size());
  const std::size_t count = in.size() / element_bytes;
  for (std::size_t i = 0; i < in.size(); ++i) out[i % element_bytes * count + i / element_bytes] = in[i];
  return out;
}

inline Bytes lz4_blocks(ByteView in, std::size_t block_bytes) {
  Bytes out;
  append_be(out, in.size(), 8);
  append_be(out, block_bytes, 4);
  for (std::size_t at = 0; at < in.size(); at += block_bytes) {
    const ByteView block = in.subspan(at, std::min(block_bytes, in.size() - at));
    Bytes packed = compressed(2, block);
    if (packed.size() >= block.size()) packed.assign(block.begin(), block.end());
    append_be(out, packed.size(), 4);
    out.insert(out.end(), packed.begin(), packed.end());
  }
  return out;
}

// What the filter makes of a chunk whose elements have that size.
inline Bytes encoded(const Filter& filter, ByteView in, std::size_t element_bytes) {
  Bytes out;
  switch (id_of(filter)) {
    case FilterId::kGzip: {
      uLongf size = compressBound(static_cast<uLong>(in.size()));
      out.resize(size);
      compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(in.data()),
                static_cast<uLong>(in.size()), 1);
      out.resize(size);
      return out;
    }
    case FilterId::kShuffle:
      return byte_shuffled(in, filter.values[0]);
    case FilterId::kFletcher32:
      out.assign(in.begin(), in.end());
      out.resize(in.size() + 4);
      store_le(out.data() + in.size(), fletcher32(in));
      return out;
    case FilterId::kLz4:
      return lz4_blocks(in, filter.values[0]);
    case FilterId::kBitshuffle:
      return bitshuffled(in, element_bytes, filter.values[3], filter.values[4]);
    case FilterId::kZstd:
      out.resize(ZSTD_compressBound(in.size()));
      out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 3));
      return out;
    case FilterId::kBlosc:
      out.resize(in.size() + BLOSC_MAX_OVERHEAD);
      out.resize(static_cast<std::size_t>(
          blosc_compress_ctx(5, 1, element_bytes, in.size(), in.data(), out.data(), out.size(), "lz4", 0, 1)));
      return out;
    default:
      return {in.begin(), in.end()};
  }
}

inline Bytes encoded(const std::vector<Filter>& filters, ByteView in, std::size_t element_bytes) {
  Bytes out(in.begin(), in.end());
  for (const Filter& filter : filters) out = encoded(filter, out, element_bytes);
  return out;
}

// The pipelines that are undone while bytes pass, for elements of that size.
struct NamedPipeline {
  const char* name;
  std::vector<Filter> filters;
};
inline std::vector<NamedPipeline> streamed_pipelines(std::uint32_t element_bytes) {
  const auto filter = [](FilterId id, std::vector<std::uint32_t> values = {}) {
    return Filter{static_cast<std::uint16_t>(id), false, "", std::move(values)};
  };
  const Filter gzip = filter(FilterId::kGzip), zstd = filter(FilterId::kZstd), sum = filter(FilterId::kFletcher32),
               shuffle = filter(FilterId::kShuffle, {element_bytes}), lz4 = filter(FilterId::kLz4, {100'000});
  const auto bitshuffle = [&](std::uint32_t compressor) {
    return filter(FilterId::kBitshuffle, {0, 4, element_bytes, 1024, compressor});
  };
  return {{"gzip", {gzip}},
          {"zstd", {zstd}},
          {"lz4", {lz4}},
          {"blosc", {filter(FilterId::kBlosc)}},
          {"bitshuffle", {bitshuffle(0)}},
          {"bitshuffle lz4", {bitshuffle(2)}},
          {"bitshuffle zstd", {bitshuffle(3)}},
          {"shuffle gzip", {shuffle, gzip}},
          {"shuffle zstd", {shuffle, zstd}},
          {"shuffle lz4", {shuffle, lz4}},
          {"shuffle", {shuffle}},
          {"fletcher32", {sum}},
          {"shuffle gzip fletcher32", {shuffle, gzip, sum}},
          {"fletcher32 zstd", {sum, zstd}},
          {"bitshuffle lz4 fletcher32", {bitshuffle(2), sum}}};
}

}  // namespace chunkmark::hdf5
