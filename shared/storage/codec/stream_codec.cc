#include "storage/codec/stream_codec.h"

#include <algorithm>
#include <vector>

#include "base/json_members.h"

namespace chunkmark::codec {
namespace {

// Libraries count in 32 bits.
constexpr std::uint64_t kMaxAtOnce = std::uint64_t{1} << 30;

// The content of an object's one stream, piece by piece.
class StreamReader {
 public:
  StreamReader(const RandomAccess& object, std::unique_ptr<ByteStream> stream)
      : object_(object),
        stream_(std::move(stream)),
        piece_(static_cast<std::size_t>(std::min<std::uint64_t>(object.size(), kStreamPieceBytes))) {}

  // Fills `out` from the front; returns how much was filled, which is less only where the content ends.
  std::size_t read(MutableByteView out) {
    const std::size_t wanted = out.size();
    while (!out.empty() && !ended_) {
      if (left_.empty() && at_ < object_.size()) refill();
      const std::size_t in_before = left_.size(), out_before = out.size();
      ended_ = stream_->step(left_, out, at_ == object_.size());
      if (!ended_ && left_.size() == in_before && out.size() == out_before && at_ == object_.size()) {
        refuse_corrupt(object_.name(), "a whole stream", "one that is cut off at " + std::to_string(at_));
      }
    }
    return wanted - out.size();
  }

  // Errors: kCorrupt when there is more, of content or behind the stream.
  void finish(std::uint64_t bytes) {
    std::byte beyond;
    if (read({&beyond, 1}) > 0) {
      refuse_corrupt(object_.name(), std::to_string(bytes) + " bytes of content", "more");
    }
    if (const std::uint64_t behind = left_.size() + (object_.size() - at_); behind > 0) {
      refuse_corrupt(object_.name(), "nothing behind the stream", std::to_string(behind) + " bytes");
    }
  }

 private:
  void refill() {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), object_.size() - at_));
    object_.read_at(at_, MutableByteView(piece_).first(n));
    left_ = ByteView(piece_).first(n);
    at_ += n;
  }

  const RandomAccess& object_;
  std::unique_ptr<ByteStream> stream_;
  std::vector<std::byte> piece_;
  ByteView left_;  // of the piece
  std::uint64_t at_ = 0;
  bool ended_ = false;
};

void append_stream(ByteStream& stream, ByteView in, bool last, MutableByteView out, Sink& sink) {
  for (bool ended = false; !ended && (last || !in.empty());) {
    MutableByteView room = out;
    ended = stream.step(in, room, last);
    sink.append(ByteView(out).first(out.size() - room.size()));
  }
}

}  // namespace

void StreamCodec::encode(const ChunkSource& source, Sink& sink, Executor&) const {
  const std::unique_ptr<ByteStream> stream = encoder(sink.name());
  const std::uint64_t bytes = source.bytes();
  const std::byte* all = source.direct(0, bytes);
  std::vector<std::byte> out(kStreamPieceBytes), in(all == nullptr ? kStreamPieceBytes : 0);
  std::uint64_t at = 0;
  do {
    const std::size_t n =
        static_cast<std::size_t>(std::min<std::uint64_t>(all != nullptr ? kMaxAtOnce : in.size(), bytes - at));
    ByteView piece(all + (all != nullptr ? at : 0), all != nullptr ? n : 0);
    if (all == nullptr) {
      source.gather(at, MutableByteView(in).first(n));
      piece = ByteView(in).first(n);
    }
    at += n;
    append_stream(*stream, piece, at == bytes, out, sink);
  } while (at < bytes);
}

void StreamCodec::decode(const RandomAccess& object, const ChunkDest& dest, Executor&) const {
  StreamReader reader(object, decoder(object.name()));
  const std::uint64_t bytes = dest.bytes();
  std::byte* all = dest.direct(0, bytes);
  std::vector<std::byte> out(all == nullptr ? kStreamPieceBytes : 0);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::uint64_t room = all != nullptr ? kMaxAtOnce : out.size();
    const MutableByteView piece(all != nullptr ? all + at : out.data(),
                                static_cast<std::size_t>(std::min(room, bytes - at)));
    if (const std::size_t n = reader.read(piece); n < piece.size()) {
      refuse_corrupt(object.name(), std::to_string(bytes) + " bytes of content", std::to_string(at + n));
    }
    if (all == nullptr) dest.scatter(at, piece);
    at += piece.size();
  }
  reader.finish(bytes);
  if (all != nullptr) dest.landed(0, bytes);
}

std::vector<std::byte> StreamCodec::decoded_copy(const RandomAccess& object, std::uint64_t max_bytes, Executor&) const {
  StreamReader reader(object, decoder(object.name()));
  std::vector<std::byte> content;
  for (std::size_t room = kStreamPieceBytes;; room = content.size()) {  // doubled each time
    const std::size_t begin = content.size();
    content.resize(static_cast<std::size_t>(std::min<std::uint64_t>(begin + room, max_bytes)));
    const std::size_t n = reader.read(MutableByteView(content).subspan(begin));
    const bool full = begin + n == content.size();
    content.resize(begin + n);
    if (full && content.size() < max_bytes) continue;
    reader.finish(max_bytes);
    return content;
  }
}

}  // namespace chunkmark::codec
