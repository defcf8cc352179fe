// Filters that are a library's stream behind, at most, a small header of HDF5's.
#include <blosc.h>
#include <bzlib.h>
#include <lz4.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "storage/codec/gzip_member.h"
#include "storage/hdf5/filters.h"
#ifdef CHUNKMARK_HAS_SZIP
extern "C" {  // its header does not say so itself in libaec 1.0
#include <szlib.h>
}
#endif

namespace chunkmark::hdf5 {

namespace {

// Libraries whose sizes are ints take no larger chunks; HDF5 itself stops at 4 GiB.
void check_int(std::size_t size, std::string_view what) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    unsupported(what, "a chunk of " + std::to_string(size) + " bytes, expected less than 2 GiB");
  }
}

constexpr std::size_t kMaxAtOnce = std::size_t{1} << 30;  // libraries of gzip count in 32 bits

// The library decodes whole chunks only, so the block becomes the only one of a chunk.
int decode_blosclz(ByteView in, MutableByteView out) {
  constexpr std::size_t kHead = 16 + 4 + 4;  // header, where the block starts, the size of its stream
  constexpr std::byte kVersion{2}, kCodecVersion{1}, kNotSplit{0x10}, kElementBytes{1};
  std::vector<std::byte> chunk(kHead + in.size());
  const std::byte lead[] = {kVersion, kCodecVersion, kNotSplit, kElementBytes};
  std::memcpy(chunk.data(), lead, sizeof lead);
  store_le(chunk.data() + 4, static_cast<std::uint32_t>(out.size()));
  store_le(chunk.data() + 8, static_cast<std::uint32_t>(out.size()));
  store_le(chunk.data() + 12, static_cast<std::uint32_t>(chunk.size()));
  store_le<std::uint32_t>(chunk.data() + 16, kHead - 4);
  store_le(chunk.data() + 20, static_cast<std::uint32_t>(in.size()));
  std::memcpy(chunk.data() + kHead, in.data(), in.size());
  return blosc_decompress_ctx(chunk.data(), out.data(), out.size(), 1);
}

}  // namespace

void decode_block(BlockCodec codec, ByteView in, MutableByteView out, std::string_view what) {
  check_int(std::max(in.size(), out.size()), what);
  std::int64_t size = -1;
  const char* name = "BloscLZ";
  switch (codec) {
    case BlockCodec::kBlosclz:
      size = decode_blosclz(in, out);
      break;
    case BlockCodec::kLz4:
      name = "LZ4";
      size = LZ4_decompress_safe(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                                 static_cast<int>(in.size()), static_cast<int>(out.size()));
      break;
    case BlockCodec::kZlib: {
      name = "zlib";
      uLongf decoded = out.size();
      const int status = uncompress(reinterpret_cast<Bytef*>(out.data()), &decoded,
                                    reinterpret_cast<const Bytef*>(in.data()), static_cast<uLong>(in.size()));
      if (status == Z_OK) size = static_cast<std::int64_t>(decoded);
      break;
    }
    case BlockCodec::kZstd: {
      name = "Zstd";
      const std::size_t decoded = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
      if (!ZSTD_isError(decoded)) size = static_cast<std::int64_t>(decoded);
      break;
    }
  }
  if (size == static_cast<std::int64_t>(out.size())) return;
  corrupt(what, std::string(name) + ": a block of " + std::to_string(in.size()) + " bytes " +
                    (size < 0 ? "is damaged" : "decodes to " + std::to_string(size)) + ", expected " +
                    std::to_string(out.size()) + " decoded bytes");
}

std::size_t decode_gzip(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  const std::string name = std::string(what) + ": gzip";
  codec::GzipMember member(name, codec::GzipFraming::kZlib);
  MutableByteView left = out;
  std::byte beyond;
  for (bool ended = false; !ended;) {
    // Where `out` is full, the stream's trailer is still to come, and must be all that comes.
    MutableByteView to = left.empty() ? MutableByteView(&beyond, 1) : left.first(std::min(left.size(), kMaxAtOnce));
    ByteView from = in.first(std::min(in.size(), kMaxAtOnce));
    const std::size_t room = to.size(), stored = from.size();
    ended = member.advance(from, to);
    const std::size_t written = room - to.size(), taken = stored - from.size();
    if (written > left.size())
      corrupt(name, "decodes to more than the " + std::to_string(out.size()) + " bytes expected");
    if (!ended && written == 0 && taken == 0) corrupt(name, "its stream is cut off");
    left = left.subspan(written);
    in = in.subspan(taken);
  }
  return out.size() - left.size();
}

std::size_t decode_bzip2(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  check_int(std::max(in.size(), out.size()), what);
  auto size = static_cast<unsigned>(out.size());
  // The library's signature lacks const; it does not write its input.
  char* from = const_cast<char*>(reinterpret_cast<const char*>(in.data()));
  const int status = BZ2_bzBuffToBuffDecompress(reinterpret_cast<char*>(out.data()), &size, from,
                                                static_cast<unsigned>(in.size()), 0, 0);
  if (status != BZ_OK) {
    corrupt(what, "bzip2: error " + std::to_string(status) + " in " + std::to_string(in.size()) +
                      " bytes, expected at most " + std::to_string(out.size()) + " decoded");
  }
  return size;
}

std::size_t decode_zstd(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  const std::size_t size = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
  if (ZSTD_isError(size)) {
    corrupt(what, std::string("zstd: ") + ZSTD_getErrorName(size) + " in " + std::to_string(in.size()) +
                      " bytes, expected at most " + std::to_string(out.size()) + " decoded");
  }
  return size;
}

std::size_t decode_blosc(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  std::size_t size = 0;
  if (blosc_cbuffer_validate(in.data(), in.size(), &size) != 0 || size > out.size()) {
    corrupt(what, "blosc: its header is damaged or says too much: " + std::to_string(size) +
                      " bytes, expected at most " + std::to_string(out.size()));
  }
  const int got = blosc_decompress_ctx(in.data(), out.data(), out.size(), 1);
  if (got < 0 || static_cast<std::size_t>(got) != size) {
    corrupt(what, "blosc: " + (got < 0 ? "error " + std::to_string(got) : std::to_string(got) + " bytes") +
                      ", expected " + std::to_string(size) + " bytes");
  }
  return size;
}

// 8 bytes of total size, 4 of block size, then blocks behind 4 bytes of stored size each; all big-endian. A
// block that is as long stored as it is decoded was not compressed.
std::size_t decode_lz4(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  const std::uint64_t total = load_be(in, 0, 8, what), block = load_be(in, 8, 4, what);
  if (total > out.size() || (block == 0 && total > 0)) {
    corrupt(what, "lz4: " + std::to_string(total) + " bytes in blocks of " + std::to_string(block) +
                      ", expected at most " + std::to_string(out.size()));
  }
  std::size_t at = 12, written = 0;
  while (written < total) {
    const std::size_t count = std::min<std::size_t>(block, total - written);
    const std::uint64_t stored = load_be(in, at, 4, what);
    at += 4;
    if (stored > in.size() - at) {
      corrupt(what, "lz4: a block of " + std::to_string(stored) + " bytes at " + std::to_string(at) +
                        ", the chunk has " + std::to_string(in.size()));
    }
    if (stored == count) {
      std::memcpy(out.data() + written, in.data() + at, count);
    } else {
      decode_block(BlockCodec::kLz4, in.subspan(at, stored), out.subspan(written, count), what);
    }
    at += stored;
    written += count;
  }
  return written;
}

#ifdef CHUNKMARK_HAS_SZIP
// 4 bytes of decoded size, then libsz's stream; the filter's values are mask, pixels a block, bits a pixel,
// pixels a line.
std::size_t decode_szip(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  if (filter.values.size() < 4 || in.size() < 4) {
    corrupt(what, "szip: " + std::to_string(filter.values.size()) + " filter values and " + std::to_string(in.size()) +
                      " bytes, expected at least 4 of each");
  }
  const auto declared = load_le<std::uint32_t>(in.data());
  if (declared > out.size()) {
    corrupt(what, "szip: its header says " + std::to_string(declared) + " bytes, expected at most " +
                      std::to_string(out.size()));
  }
  SZ_com_t parameters{static_cast<int>(filter.values[0]), static_cast<int>(filter.values[2]),
                      static_cast<int>(filter.values[1]), static_cast<int>(filter.values[3])};
  std::size_t size = declared;
  const int status = SZ_BufftoBuffDecompress(out.data(), &size, in.data() + 4, in.size() - 4, &parameters);
  if (status != SZ_OK) corrupt(what, "szip: error " + std::to_string(status));
  return size;
}
#else
std::size_t decode_szip(const Filter&, ByteView, MutableByteView, std::string_view what) {
  unsupported(what, "filter 4 (szip): this program was built without it");
}
#endif

}  // namespace chunkmark::hdf5
