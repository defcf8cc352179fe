#include "storage/codec/lz4_block.h"

namespace chunkmark::codec {
namespace {

// The bytes that a length goes on in, from `at` on; false where they do not end within `block`.
bool add_length(ByteView block, std::size_t& at, std::size_t& length) {
  for (;;) {
    if (at == block.size()) return false;
    const auto byte = static_cast<unsigned>(block[at++]);
    length += byte;
    if (byte != 255) return true;
  }
}

}  // namespace

std::optional<Lz4Sequence> lz4_sequence_at(ByteView block, std::size_t begin) {
  if (begin == block.size()) return std::nullopt;
  const auto token = static_cast<unsigned>(block[begin]);
  std::size_t at = begin + 1, literals = token >> 4, match = token & kLz4Long;
  if (literals == kLz4Long && !add_length(block, at, literals)) return std::nullopt;
  if (literals > block.size() - at) return std::nullopt;
  const std::size_t after_literals = at += literals;
  if (at == block.size()) return Lz4Sequence{begin, literals, at, at, literals};
  if (block.size() - at < 2) return std::nullopt;
  at += 2;
  if (match == kLz4Long && !add_length(block, at, match)) return std::nullopt;
  return Lz4Sequence{begin, literals, after_literals, at, literals + match + kLz4MinMatch};
}

}  // namespace chunkmark::codec
