#include "storage/hdf5/encoders.h"

#include <blosc.h>
#include <bzlib.h>
#include <libdeflate.h>
#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/trimmed_chunk.h"

namespace chunkmark::hdf5 {

namespace {

using Buffer = std::vector<std::byte>;

// At least so many bytes, and what a larger chunk before left: making room for a codec is not to fill it.
void make_room(Buffer& out, std::size_t bytes) {
  if (out.size() < bytes) out.resize(bytes);
}

[[noreturn]] void failed(std::string_view what, const char* filter) {
  throw Error(ErrorCode::kUnavailable, std::string(what) + ": " + filter + ": the chunk cannot be encoded");
}

void encode_shuffle(ByteView in, Buffer& out, std::size_t element_bytes) {
  make_room(out, in.size());
  const std::size_t count = element_bytes > 1 ? in.size() / element_bytes : 0;
  for (std::size_t byte = 0; byte < element_bytes && count > 0; ++byte) {
    for (std::size_t i = 0; i < count; ++i) out[byte * count + i] = in[i * element_bytes + byte];
  }
  std::copy(in.begin() + static_cast<std::ptrdiff_t>(count * element_bytes), in.end(),
            out.begin() + static_cast<std::ptrdiff_t>(count * element_bytes));
}

// liblzf's format, with a table of where each three bytes were last seen.
bool encode_lzf(ByteView in, Buffer& out) {
  constexpr std::size_t kTableBits = 14, kMaxDistance = 8192, kMaxMatch = 264, kMaxLiterals = 32;
  std::array<std::uint32_t, std::size_t{1} << kTableBits> seen{};  // position + 1
  out.clear();
  out.reserve(in.size());
  std::size_t at = 0, literals_from = 0;
  const auto flush = [&](std::size_t end) {
    while (literals_from < end) {
      const std::size_t count = std::min(kMaxLiterals, end - literals_from);
      out.push_back(static_cast<std::byte>(count - 1));
      out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(literals_from),
                 in.begin() + static_cast<std::ptrdiff_t>(literals_from + count));
      literals_from += count;
    }
  };
  while (at + 2 < in.size() && out.size() < in.size()) {
    const std::uint32_t three = std::to_integer<std::uint32_t>(in[at]) |
                                std::to_integer<std::uint32_t>(in[at + 1]) << 8 |
                                std::to_integer<std::uint32_t>(in[at + 2]) << 16;
    std::uint32_t& slot = seen[(three * 2654435761u) >> (32 - kTableBits)];
    const std::size_t before = slot;
    slot = static_cast<std::uint32_t>(at + 1);
    if (before == 0 || at - (before - 1) > kMaxDistance || in[before - 1] != in[at] || in[before] != in[at + 1] ||
        in[before + 1] != in[at + 2]) {
      ++at;
      continue;
    }
    const std::size_t from = before - 1, distance = at - from - 1;
    std::size_t length = 3;
    const std::size_t most = std::min(kMaxMatch, in.size() - at);
    while (length < most && in[from + length] == in[at + length]) ++length;
    flush(at);
    const std::size_t code = length - 2;
    if (code < 7) {
      out.push_back(static_cast<std::byte>(code << 5 | distance >> 8));
    } else {
      out.push_back(static_cast<std::byte>(7 << 5 | distance >> 8));
      out.push_back(static_cast<std::byte>(code - 7));
    }
    out.push_back(static_cast<std::byte>(distance & 255));
    at += length;
    literals_from = at;
  }
  flush(in.size());
  return out.size() < in.size();
}

void put_be(Buffer& to, std::uint64_t value, unsigned width) {
  for (unsigned i = width; i-- > 0;) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

// HDF5's LZ4 filter: the size, the size of a block, then blocks with their sizes, all big-endian.
void encode_lz4(const Filter& filter, ByteView in, Buffer& out, std::string_view what) {
  constexpr std::uint64_t kDefaultBlock = 1 << 30;
  std::uint64_t block = filter.values.empty() || filter.values[0] == 0 ? kDefaultBlock : filter.values[0];
  block = std::min<std::uint64_t>(block, in.size());
  out.clear();
  put_be(out, in.size(), 8);
  put_be(out, block, 4);
  for (std::size_t at = 0; at < in.size(); at += block) {
    const int size = static_cast<int>(std::min<std::uint64_t>(block, in.size() - at));
    Buffer packed(static_cast<std::size_t>(LZ4_compressBound(size)));
    const char* from = reinterpret_cast<const char*>(in.data() + at);
    const int stored =
        LZ4_compress_default(from, reinterpret_cast<char*>(packed.data()), size, static_cast<int>(packed.size()));
    if (stored <= 0) failed(what, "lz4");
    const bool smaller = stored < size;  // else as it is, which equal sizes tell
    put_be(out, static_cast<std::uint64_t>(smaller ? stored : size), 4);
    const ByteView bytes = smaller ? ByteView(packed).first(static_cast<std::size_t>(stored))
                                   : in.subspan(at, static_cast<std::size_t>(size));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
}

// The bytes that it made; 0 where it does not know the codec.
std::size_t encode_blosc(const Filter& filter, ByteView in, Buffer& out, std::string_view what) {
  const auto value = [&](std::size_t i, unsigned otherwise) {
    return i < filter.values.size() ? filter.values[i] : otherwise;
  };
  const std::size_t element = std::max(1u, value(2, 1));
  const char* codec = nullptr;
  if (blosc_compcode_to_compname(static_cast<int>(value(6, 0)), &codec) < 0 || codec == nullptr) return 0;
  make_room(out, in.size() + BLOSC_MAX_OVERHEAD);
  const int size = blosc_compress_ctx(static_cast<int>(value(4, 5)), static_cast<int>(value(5, 1)), element, in.size(),
                                      in.data(), out.data(), out.size(), codec, 0, 1);
  if (size <= 0) failed(what, "blosc");
  return static_cast<std::size_t>(size);
}

bool is_for_edges(const std::vector<Filter>& filters) {
  return !filters.empty() && id_of(filters.back()) == FilterId::kGzip &&
         filters.back().values == std::vector<std::uint32_t>{0};
}

}  // namespace

std::size_t ChunkEncoder::deflate(ByteView in, std::uint32_t level, std::string_view what) {
  if (!compressor_ || level != level_) {
    compressor_.reset(::libdeflate_alloc_compressor(static_cast<int>(level)));
    level_ = level;
  }
  if (!compressor_) failed(what, "gzip");
  make_room(out_, ::libdeflate_zlib_compress_bound(compressor_.get(), in.size()));
  const std::size_t size =
      ::libdeflate_zlib_compress(compressor_.get(), in.data(), in.size(), out_.data(), out_.size());
  if (size == 0) failed(what, "gzip");
  return size;
}

std::size_t ChunkEncoder::compress_zstd(ByteView in, int level, std::string_view what) {
  if (!zstd_) zstd_.reset(::ZSTD_createCCtx());
  if (!zstd_) failed(what, "zstd");
  make_room(out_, ::ZSTD_compressBound(in.size()));
  const std::size_t size = ::ZSTD_compressCCtx(zstd_.get(), out_.data(), out_.size(), in.data(), in.size(), level);
  if (::ZSTD_isError(size)) failed(what, "zstd");
  return size;
}

bool ChunkEncoder::compresses(const std::vector<Filter>& filters) {
  return !filters.empty() && !(filters.size() == 1 && is_for_edges(filters));
}

EncodedChunk ChunkEncoder::encode(const std::vector<Filter>& filters, ByteView chunk, std::uint64_t element_bytes,
                                  const array::Shape& shape, const array::Shape& valid, std::string_view what) {
  const std::uint32_t all = filters.size() >= 32 ? ~0u : (1u << filters.size()) - 1;
  const bool for_edges = is_for_edges(filters);
  if (for_edges && valid == shape) return {chunk, all};
  constexpr std::uint64_t kMaxDistance = 32768;
  if (for_edges && filters.size() == 1 && element_bytes <= kMaxDistance) {
    encode_trimmed(chunk, element_bytes, shape, valid, out_);
    if (out_.size() < chunk.size()) return {out_, 0};
    return {chunk, all};
  }
  if (!filters.empty() && chunk.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return {chunk, all};  // libraries count in ints, and HDF5 stores up to 4 GiB a chunk
  ByteView now = chunk;
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const Filter& filter = filters[i];
    std::size_t size = 0;  // of what it made in out_; 0: it is left out
    switch (id_of(filter)) {
      case FilterId::kGzip: {
        constexpr std::uint32_t kFast = 1, kDefault = 6;
        size = deflate(now, for_edges ? kFast : filter.values.empty() ? kDefault : filter.values[0], what);
        break;
      }
      case FilterId::kShuffle:
        encode_shuffle(now, out_, filter.values.empty() ? element_bytes : filter.values[0]);
        size = now.size();
        break;
      case FilterId::kFletcher32: {
        out_.assign(now.begin(), now.end());
        const std::uint32_t sum = fletcher32(now);
        for (unsigned byte = 0; byte < 4; ++byte) out_.push_back(static_cast<std::byte>(sum >> (8 * byte)));
        size = out_.size();
        break;
      }
      case FilterId::kLzf:
        if (encode_lzf(now, out_)) size = out_.size();
        break;
      case FilterId::kLz4:
        encode_lz4(filter, now, out_, what);
        size = out_.size();
        break;
      case FilterId::kZstd:
        size = compress_zstd(now, filter.values.empty() ? 3 : static_cast<int>(filter.values[0]), what);
        break;
      case FilterId::kBzip2: {
        make_room(out_, now.size() + now.size() / 100 + 600);  // the library's own bound
        auto made = static_cast<unsigned>(out_.size());
        const int level = filter.values.empty() ? 9 : std::clamp(static_cast<int>(filter.values[0]), 1, 9);
        char* from = const_cast<char*>(reinterpret_cast<const char*>(now.data()));
        if (BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out_.data()), &made, from,
                                     static_cast<unsigned>(now.size()), level, 0, 0) != BZ_OK)
          failed(what, "bzip2");
        size = made;
        break;
      }
      case FilterId::kBlosc:
        size = encode_blosc(filter, now, out_, what);
        break;
      default:
        break;
    }
    if (size == 0) {
      mask |= 1u << i;
      continue;
    }
    std::swap(in_, out_);
    now = ByteView(in_).first(size);
  }
  return {now, mask};
}

}  // namespace chunkmark::hdf5
