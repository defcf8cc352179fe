#include "storage/hdf5/checksum.h"

#include <bit>
#include <string>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

namespace {

// The last, possibly short, group of up to 12 bytes counts as if zeros followed it.
std::uint32_t word_or_zeros(ByteView bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i) {
    word |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
  }
  return word;
}

}  // namespace

std::uint32_t lookup3(ByteView bytes, std::uint32_t initial) {
  std::uint32_t a = 0xdeadbeefu + static_cast<std::uint32_t>(bytes.size()) + initial;
  std::uint32_t b = a, c = a;
  std::size_t at = 0;
  for (; bytes.size() - at > 12; at += 12) {
    a += load_le<std::uint32_t>(&bytes[at]);
    b += load_le<std::uint32_t>(&bytes[at + 4]);
    c += load_le<std::uint32_t>(&bytes[at + 8]);
    a = (a - c) ^ std::rotl(c, 4), c += b;
    b = (b - a) ^ std::rotl(a, 6), a += c;
    c = (c - b) ^ std::rotl(b, 8), b += a;
    a = (a - c) ^ std::rotl(c, 16), c += b;
    b = (b - a) ^ std::rotl(a, 19), a += c;
    c = (c - b) ^ std::rotl(b, 4), b += a;
  }
  if (at == bytes.size()) return c;
  a += word_or_zeros(bytes, at);
  b += word_or_zeros(bytes, at + 4);
  c += word_or_zeros(bytes, at + 8);
  c = (c ^ b) - std::rotl(b, 14);
  a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25);
  c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4);
  b = (b ^ a) - std::rotl(a, 14);
  return (c ^ b) - std::rotl(b, 24);
}

namespace {

std::uint32_t fold(std::uint32_t sum) {
  return (sum & 0xffff) + (sum >> 16);
}

}  // namespace

void Fletcher32::add(ByteView piece) {
  std::uint32_t low = low_, high = high_;
  std::size_t at = 0;
  while (at < piece.size()) {
    // Two 32-bit sums take at most 360 words before they must be folded.
    for (int i = 0; i < 360 && at < piece.size(); ++i, at += 2) {
      std::uint32_t word = std::to_integer<std::uint32_t>(piece[at]) << 8;
      if (at + 1 < piece.size()) word |= std::to_integer<std::uint32_t>(piece[at + 1]);
      low += word;
      high += low;
    }
    low = fold(low);
    high = fold(high);
  }
  low_ = low;
  high_ = high;
}

std::uint32_t Fletcher32::value() const {
  return fold(high_) << 16 | fold(low_);
}

std::uint32_t fletcher32(ByteView bytes) {
  Fletcher32 sum;
  sum.add(bytes);
  return sum.value();
}

ByteView without_checksum(ByteView block, std::string_view what) {
  if (block.size() < 4) corrupt(what, "has " + std::to_string(block.size()) + " bytes, its checksum has 4");
  const ByteView covered = block.first(block.size() - 4);
  const auto stored = load_le<std::uint32_t>(block.data() + covered.size());
  if (const std::uint32_t found = lookup3(covered); found != stored) {
    corrupt(what, "its checksum does not match: stored " + std::to_string(stored) + ", its bytes give " +
                      std::to_string(found));
  }
  return covered;
}

}  // namespace chunkmark::hdf5
