#include "codec/gzip_codec.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "codec/inflater.h"

namespace chunkmark::codec {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header and trailer

// zlib counts in 32 bits; the array is handed over in parts of at most this size.
constexpr std::uint64_t kMostAtOnce = 1 << 30;

uInt at_once(std::uint64_t bytes) {
  return static_cast<uInt>(std::min(bytes, kMostAtOnce));
}

class Deflater {
 public:
  Deflater(int level, Sink& sink) : sink_(sink), out_(kGzipPieceBytes) {
    const int result = ::deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
    if (result != Z_OK) {
      throw Error(ErrorCode::kInvalidArgument,
                  sink.name() + ": zlib refuses level " + std::to_string(level) + ": " + ::zError(result));
    }
    refill();
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void write(ByteView bytes, bool last) {
    stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (true) {
      const int result = ::deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      if (stream_.avail_out == 0 || result == Z_STREAM_END) flush();
      if (last ? result == Z_STREAM_END : stream_.avail_in == 0) return;
      if (result != Z_OK && result != Z_BUF_ERROR) {
        throw Error(ErrorCode::kIo, sink_.name() + ": zlib: " + ::zError(result));
      }
    }
  }

 private:
  void refill() {
    stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
    stream_.avail_out = static_cast<uInt>(out_.size());
  }
  void flush() {
    sink_.append(ByteView(out_).first(out_.size() - stream_.avail_out));
    refill();
  }

  Sink& sink_;
  std::vector<std::byte> out_;
  z_stream stream_{};
};

}  // namespace

void GzipCodec::encode(const ChunkSource& source, Sink& sink, Executor&) const {
  Deflater deflater(settings_.level, sink);
  const std::uint64_t bytes = source.bytes();
  const std::byte* all = source.direct(0, bytes);
  std::vector<std::byte> in(all == nullptr ? kGzipPieceBytes : 0);
  for (std::uint64_t at = 0; at < bytes;) {
    ByteView piece;
    if (all != nullptr) {
      piece = {all + at, at_once(bytes - at)};
    } else {
      const MutableByteView gathered(in.data(),
                                     static_cast<std::size_t>(std::min<std::uint64_t>(in.size(), bytes - at)));
      source.gather(at, gathered);
      piece = gathered;
    }
    at += piece.size();
    deflater.write(piece, at == bytes);
  }
}

void GzipCodec::decode(ObjectReader& object, const ChunkDest& dest, Executor&) const {
  Inflater inflater(object);
  const std::uint64_t bytes = dest.bytes();
  std::byte* all = dest.direct(0, bytes);
  std::vector<std::byte> out(all == nullptr ? kGzipPieceBytes : 0);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t left = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), bytes - at));
    const MutableByteView piece =
        all != nullptr ? MutableByteView(all + at, at_once(bytes - at)) : MutableByteView(out.data(), left);
    if (!inflater.read(piece)) {
      throw Error(ErrorCode::kCorrupt,
                  object.name() + ": expected " + std::to_string(bytes) + " bytes of content, found fewer");
    }
    if (all == nullptr) dest.scatter(at, piece);
    at += piece.size();
  }
  inflater.finish(bytes);
  if (all != nullptr) dest.landed(0, bytes);
}

}  // namespace chunkmark::codec
