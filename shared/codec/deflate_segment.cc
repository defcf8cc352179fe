#include "codec/deflate_segment.h"

#include <libdeflate.h>
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace chunkmark::codec {
namespace {

constexpr int kRawWindow = -15;  // the largest window, without header and trailer

// What follows three zero bits, those of a stored block that is not the last: its length, 0, and the complement.
constexpr std::array<std::byte, 4> kEmptyStored{std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};
constexpr unsigned kStoredHeaderBits = 3;
constexpr std::size_t kJoinBytes = 1 + kEmptyStored.size();

// What inflate() says in data_type when it stops between blocks.
constexpr int kUnusedBits = 7;
constexpr int kInLastBlock = 64;

}  // namespace

struct DeflateSegment::State {
  explicit State(int level) : compressor(::libdeflate_alloc_compressor(level)) {}
  ~State() {
    ::inflateEnd(&stream);
    ::libdeflate_free_compressor(compressor);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  libdeflate_compressor* compressor;
  z_stream stream{};
};

DeflateSegment::DeflateSegment(int level, std::size_t most_bytes, const std::string& name)
    : name_(name), state_(std::make_unique<State>(level)) {
  if (state_->compressor == nullptr || ::inflateInit2(&state_->stream, kRawWindow) != Z_OK) {
    throw Error(ErrorCode::kIo, name + ": deflate: no memory, or level " + std::to_string(level) + " is not known");
  }
  out_.resize(::libdeflate_deflate_compress_bound(state_->compressor, most_bytes) + kJoinBytes);
}

DeflateSegment::~DeflateSegment() = default;
DeflateSegment::DeflateSegment(DeflateSegment&&) noexcept = default;

ByteView DeflateSegment::compress(ByteView content, bool last) {
  std::size_t bytes = ::libdeflate_deflate_compress(state_->compressor, content.data(), content.size(), out_.data(),
                                                    out_.size() - kJoinBytes);
  if (bytes == 0) {
    throw Error(ErrorCode::kIo, name_ + ": deflate: " + std::to_string(content.size()) + " bytes do not fit in " +
                                    std::to_string(out_.size() - kJoinBytes));
  }
  if (!last) bytes = join(bytes, content.size());
  return ByteView(out_).first(bytes);
}

// Makes the last block one of many, and fills up its last byte. Returns the new size.
std::size_t DeflateSegment::join(std::size_t bytes, std::size_t content_bytes) {
  if (content_.size() < content_bytes) content_.resize(content_bytes);
  z_stream& stream = state_->stream;
  ::inflateReset(&stream);
  stream.next_in = reinterpret_cast<const Bytef*>(out_.data());
  stream.avail_in = static_cast<uInt>(bytes);
  stream.next_out = reinterpret_cast<Bytef*>(content_.data());
  stream.avail_out = static_cast<uInt>(content_bytes);
  stream.data_type = 0;

  const auto bits_read = [&] {
    return (bytes - stream.avail_in) * 8 - static_cast<unsigned>(stream.data_type & kUnusedBits);
  };
  std::size_t last_block = 0;  // where it begins, in bits
  while (true) {
    const std::size_t block = bits_read();
    if (::inflate(&stream, Z_BLOCK) != Z_OK) {
      throw Error(ErrorCode::kIo, name_ + ": zlib does not read what libdeflate wrote");
    }
    if (stream.data_type & kInLastBlock) {
      last_block = block;
      break;
    }
  }
  out_[last_block / 8] &= ~(std::byte{1} << (last_block % 8));
  // Bits past the end are zero: those of a stored block's header, as far as they go.
  const std::size_t padding = bytes * 8 - bits_read();
  if (padding < kStoredHeaderBits) out_[bytes++] = std::byte{0};
  std::copy(kEmptyStored.begin(), kEmptyStored.end(), out_.begin() + static_cast<std::ptrdiff_t>(bytes));
  return bytes + kEmptyStored.size();
}

}  // namespace chunkmark::codec
