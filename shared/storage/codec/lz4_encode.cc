#include <lz4.h>

#include <algorithm>
#include <array>
#include <vector>

#include "storage/codec/lz4_block.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// The block of one piece, between the literals that it begins and ends with.
struct PieceBlock {
  ByteView bytes;
  Lz4Sequence first, last;  // the same where it has no match
};

PieceBlock split(ByteView block) {
  const Lz4Sequence first = lz4_sequence_at(block, 0).value();
  Lz4Sequence last = first;
  while (last.end < block.size()) last = lz4_sequence_at(block, last.end).value();
  return {block, first, last};
}

class Encoder {
 public:
  Encoder(const ChunkSource& source, Sink& sink, int acceleration)
      : source_(source), sink_(sink), acceleration_(acceleration) {}

  void run(Executor& executor) {
    struct Lane {
      std::vector<std::byte> content, stored;
      LZ4_stream_t stream;
      PieceBlock block;
    };
    std::vector<Lane> lanes(executor.width());
    const std::uint64_t bytes = source_.bytes();
    const auto n = static_cast<std::size_t>((bytes + kPieceBytes - 1) / kPieceBytes);
    const auto compress = [&](std::size_t i, unsigned number) {
      Lane& lane = lanes[number];
      const std::uint64_t at = i * std::uint64_t{kPieceBytes};
      const std::size_t before = i == 0 ? 0 : kLz4WindowBytes;  // matches reach back into the piece before
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, bytes - at));
      const ByteView content = content_at(at - before, before + size, lane.content);
      lane.stored.resize(static_cast<std::size_t>(::LZ4_compressBound(static_cast<int>(size))));
      ::LZ4_initStream(&lane.stream, sizeof lane.stream);
      ::LZ4_loadDict(&lane.stream, lz4_chars(content.data()), static_cast<int>(before));
      const int stored =
          ::LZ4_compress_fast_continue(&lane.stream, lz4_chars(content.data() + before), lz4_chars(lane.stored.data()),
                                       static_cast<int>(size), static_cast<int>(lane.stored.size()), acceleration_);
      lane.block = split(ByteView(lane.stored).first(static_cast<std::size_t>(stored)));
    };
    executor.ordered(n, compress, [&](std::size_t i, unsigned number) {
      append(i * std::uint64_t{kPieceBytes}, lanes[number].block);
    });
    append_literals(bytes, 0, {});
  }

 private:
  ByteView content_at(std::uint64_t at, std::size_t bytes, std::vector<std::byte>& memory) const {
    if (const std::byte* direct = source_.direct(at, bytes)) return {direct, bytes};
    memory.resize(kLz4WindowBytes + kPieceBytes);
    source_.gather(at, MutableByteView(memory).first(bytes));
    return ByteView(memory).first(bytes);
  }

  void append(std::uint64_t at, const PieceBlock& block) {
    if (block.first.end == block.bytes.size()) return;  // literals alone
    const ByteView middle =
        block.bytes.subspan(block.first.after_literals, block.last.begin - block.first.after_literals);
    append_literals(at + block.first.literals, static_cast<unsigned>(block.bytes[0]) & kLz4Long, middle);
    const std::uint64_t end = std::min(source_.bytes(), at + kPieceBytes);
    written_ = end - block.last.literals;
  }

  // A sequence with the content up to `end` as its literals and a match's half of the token; then what follows them.
  void append_literals(std::uint64_t end, unsigned match, ByteView rest) {
    const std::uint64_t literals = end - written_;
    append_token(literals, match);
    std::vector<std::byte> memory;
    while (written_ < end) {
      const ByteView content =
          content_at(written_, static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - written_)), memory);
      sink_.append(content);
      written_ += content.size();
    }
    if (!rest.empty()) sink_.append(rest);
  }

  // A long length is a byte for every 255 literals: of what is not compressible, too many to have them all at once.
  void append_token(std::uint64_t literals, unsigned match) {
    const std::byte token = static_cast<std::byte>(std::min<std::uint64_t>(literals, kLz4Long) << 4 | match);
    sink_.append(ByteView(&token, 1));
    if (literals < kLz4Long) return;
    std::array<std::byte, 256> full;
    full.fill(std::byte{255});
    for (std::uint64_t left = (literals - kLz4Long) / 255; left > 0;) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left, full.size()));
      sink_.append(ByteView(full).first(some));
      left -= some;
    }
    const auto rest = static_cast<std::byte>((literals - kLz4Long) % 255);
    sink_.append(ByteView(&rest, 1));
  }

  const ChunkSource& source_;
  Sink& sink_;
  int acceleration_;
  std::uint64_t written_ = 0;  // of the content; behind it lie literals that wait for the next match
};

}  // namespace

void encode_lz4_block(const ChunkSource& source, Sink& sink, int acceleration, Executor& executor) {
  Encoder(source, sink, acceleration).run(executor);
}

}  // namespace chunkmark::codec
