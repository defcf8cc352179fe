#include "base/crc32c.h"

#include <random>
#include <vector>

#include "unit/catch.h"

namespace chunkmark {
namespace {

// Bit by bit, as the definition says.
std::uint32_t by_definition(ByteView bytes) {
  std::uint32_t state = 0xffffffff;
  for (const std::byte b : bytes) {
    state ^= static_cast<std::uint32_t>(b);
    for (int i = 0; i < 8; ++i) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78 : 0);
  }
  return ~state;
}

TEST_CASE("CRC-32C of known texts") {
  Crc32c empty;
  CHECK(empty.value() == 0);
  Crc32c digits;
  digits.add(as_byte_view("123456789"));
  CHECK(digits.value() == 0xe3069283);
  Crc32c zeros;  // RFC 3720 B.4
  zeros.add_zeros(32);
  CHECK(zeros.value() == 0x8a9136aa);
}

TEST_CASE("CRC-32C in pieces, with zeros filled in later, equals the definition") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::byte> bytes(random() % 300);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    const std::size_t begin = bytes.empty() ? 0 : random() % bytes.size();
    const std::size_t hole = bytes.empty() ? 0 : random() % (bytes.size() - begin);
    Crc32c sum;
    sum.add(ByteView(bytes).first(begin));
    sum.add_zeros(hole);
    sum.add(ByteView(bytes).subspan(begin + hole));
    sum.fill_in(ByteView(bytes).subspan(begin, hole), bytes.size() - begin - hole);
    CHECK(sum.value() == by_definition(bytes));
  }
}

}  // namespace
}  // namespace chunkmark
