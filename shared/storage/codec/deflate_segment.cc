#include "storage/codec/deflate_segment.h"

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

// What inflate() says in data_type when it stops: how many bits of the last byte are left, and where it is.
constexpr int kUnusedBits = 7;
constexpr int kInLastBlock = 64;
constexpr int kAtBlockEnd = 128;

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

DeflateSegment::DeflateSegment(int level, std::size_t max_bytes, const std::string& name) : name_(name) {
  if (level < 0 || level > 9) {
    throw Error(ErrorCode::kInvalidArgument,
                name + ": deflate: expected a level of 0 to 9, found " + std::to_string(level));
  }
  state_ = std::make_unique<State>(level);
  if (state_->compressor == nullptr || ::inflateInit2(&state_->stream, kRawWindow) != Z_OK) {
    throw Error(ErrorCode::kIo, name + ": deflate: no memory");
  }
  out_.resize(::libdeflate_deflate_compress_bound(state_->compressor, max_bytes) + kJoinBytes);
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
  if (!last) bytes = join(bytes);
  return ByteView(out_).first(bytes);
}

// Makes the last block one of many, and fills up its last byte. Returns the new size.
//
// A block's header is a bit that says whether it is the last, and two of its type. Blocks begin at any bit, so where
// the last one does is known only from decoding all before it: zlib stops after each block (Z_BLOCK) and tells how many
// bits of the byte it has not used. With its bit cleared the stream goes on behind the last block, in the middle of a
// byte. An empty stored block (three zero bits, zeros up to the byte's end, a length of 0 and its complement) leads
// from there to the next byte, where another segment's blocks may follow: segments share no history, so that any order
// of parts that ends in a true last block is one valid stream.
std::size_t DeflateSegment::join(std::size_t bytes) {
  piece_.resize(kJoinPieceBytes);
  z_stream& stream = state_->stream;
  ::inflateReset(&stream);
  stream.next_in = reinterpret_cast<const Bytef*>(out_.data());
  stream.avail_in = static_cast<uInt>(bytes);

  std::size_t last_block = 0, end = 0;  // in bits
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream.avail_out = static_cast<uInt>(piece_.size());
    const int result = ::inflate(&stream, Z_BLOCK);
    const bool at_end = (stream.data_type & kAtBlockEnd) != 0;
    // A block's end that was read ahead moves neither input nor output, which zlib takes for an error.
    if (result != Z_OK && !(result == Z_BUF_ERROR && at_end)) {
      throw Error(ErrorCode::kIo, name_ + ": zlib does not read what libdeflate wrote");
    }
    if (!at_end) continue;  // the piece is full
    end = (bytes - stream.avail_in) * 8 - static_cast<unsigned>(stream.data_type & kUnusedBits);
    if ((stream.data_type & kInLastBlock) != 0) break;
    last_block = end;
  }
  out_[last_block / 8] &= ~(std::byte{1} << (last_block % 8));
  // Bits past the end are zero: those of a stored block's header, as far as they go.
  if (bytes * 8 - end < kStoredHeaderBits) out_[bytes++] = std::byte{0};
  std::copy(kEmptyStored.begin(), kEmptyStored.end(), out_.begin() + static_cast<std::ptrdiff_t>(bytes));
  return bytes + kEmptyStored.size();
}

}  // namespace chunkmark::codec
