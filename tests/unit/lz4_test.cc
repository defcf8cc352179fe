// One LZ4 block encoded and decoded in pieces: held to the library's own functions, which take a block as a whole.
#include <lz4.h>

#include <algorithm>

#include "unit/catch.h"
#include "unit/codec_fixture.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kMiB = 1 << 20;

Chain lz4_chain() {
  Chain chain;
  chain.codecs = default_codecs("lz4", DType{Kind::kUInt, 1});
  return chain;
}

// Stretches of noise, zeros and short patterns, of up to `longest` bytes each.
Bytes mixed(std::mt19937_64& random, std::size_t n, std::size_t longest) {
  Bytes bytes;
  while (bytes.size() < n) {
    const std::size_t run = std::min(n - bytes.size(), 1 + static_cast<std::size_t>(random() % longest));
    const std::uint64_t kind = random() % 3, period = 1 + random() % 70000;
    for (std::size_t i = 0; i < run; ++i) {
      const bool repeats = kind == 1 && bytes.size() >= period;
      bytes.push_back(repeats     ? bytes[bytes.size() - period]
                      : kind == 2 ? std::byte{0}
                                  : static_cast<std::byte>(random()));
    }
  }
  return bytes;
}

Bytes by_library(const Bytes& content) {
  Bytes stored(4 + static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(content.size()))));
  store_le(stored.data(), static_cast<std::uint32_t>(content.size()));
  const int size =
      LZ4_compress_default(reinterpret_cast<const char*>(content.data()), reinterpret_cast<char*>(&stored[4]),
                           static_cast<int>(content.size()), static_cast<int>(stored.size() - 4));
  stored.resize(4 + static_cast<std::size_t>(size));
  return stored;
}

// Into an array with gaps between its elements, where a piece at a time is distributed.
Bytes decode_strided(const Bytes& stored, DType dtype, std::size_t elements, bool swap, Executor& executor) {
  const std::size_t item = dtype.item_bytes, stride = item + 1;
  Bytes memory(elements * stride);
  const Shape shape{elements};
  const Dest dest{memory.data(), dtype, shape, {static_cast<std::int64_t>(stride)}};
  decode(lz4_chain(), stored, {dest, array::whole(shape), form_of(shape, swap)}, executor);
  Bytes content(elements * item);
  for (std::size_t i = 0; i < elements; ++i) {
    std::byte* to = &content[i * item];
    std::copy_n(&memory[i * stride], item, to);
    if (swap) std::reverse(to, to + item);
  }
  return content;
}

void check_both_ways(const Bytes& content) {
  INFO(content.size() << " bytes");
  os::ThreadExecutor executor(3);
  const DType dtype{Kind::kUInt, 1};
  const Shape shape{content.size()};
  const Chain chain = lz4_chain();
  const Bytes stored = encode(chain, source_of(content, dtype, shape), executor);
  const Bytes whole = by_library(content);
  REQUIRE(load_le<std::uint32_t>(stored.data()) == content.size());
  CHECK(stored.size() <= whole.size() + whole.size() / 50 + 16);  // no match reaches from one piece into the next
  Bytes back(content.size());
  const int size = LZ4_decompress_safe(reinterpret_cast<const char*>(&stored[4]), reinterpret_cast<char*>(back.data()),
                                       static_cast<int>(stored.size() - 4), static_cast<int>(back.size()));
  REQUIRE(size == static_cast<int>(content.size()));
  REQUIRE(back == content);
  REQUIRE(decode(chain, stored, dtype, shape, executor) == content);
  REQUIRE(decode(chain, whole, dtype, shape, executor) == content);
  if (content.size() > 16 * kMiB) return;
  for (const DType element : {dtype, DType{Kind::kUInt, 8}, array::opaque(3), array::opaque(300'000)}) {
    if (content.size() % element.item_bytes != 0) continue;
    const std::size_t elements = content.size() / element.item_bytes;
    REQUIRE(decode_strided(stored, element, elements, element.item_bytes == 8, executor) == content);
    REQUIRE(decode_strided(whole, element, elements, false, executor) == content);
  }
}

TEST_CASE("pieces make one block, and a block is read in pieces") {
  for (const Content kind : {Content::kSmooth, Content::kRandomFloats, Content::kNoise, Content::kZeros}) {
    for (const std::size_t n :
         {std::size_t{1}, std::size_t{4}, std::size_t{13}, kMiB - 1, kMiB, kMiB + 1, kMiB + 12, 3 * kMiB + 5}) {
      check_both_ways(content(kind, n));
    }
  }
  std::mt19937_64 random(7);
  constexpr std::size_t kElements = 300'000;
  for (const std::size_t longest : {std::size_t{40}, std::size_t{5000}, kMiB, 3 * kMiB}) {
    for (std::size_t i = 0; i < 5; ++i)
      check_both_ways(mixed(random, (7 + random() % 10) * kElements + i / 4, longest));
  }
}

TEST_CASE("a match, or a length, longer than a piece") {
  Bytes zeros(300 * kMiB);  // its length alone takes 1.2 MB
  check_both_ways(zeros);
  check_both_ways(Bytes(5 * kMiB + 16));
}

TEST_CASE("a block that is cut off or damaged is refused") {
  std::mt19937_64 random(11);
  os::ThreadExecutor executor(2);
  const Bytes content = mixed(random, 4 * kMiB, kMiB);
  const Bytes stored = by_library(content);
  const DType dtype{Kind::kUInt, 1};
  for (int i = 0; i < 60; ++i) {
    Bytes cut(stored.begin(), stored.begin() + 5 + static_cast<std::ptrdiff_t>(random() % (stored.size() - 6)));
    CHECK_THROWS_AS(decode(lz4_chain(), cut, dtype, {content.size()}, executor), Error);
    CHECK_THROWS_AS(decode_strided(cut, dtype, content.size(), false, executor), Error);
  }
  for (int i = 0; i < 60; ++i) {  // whatever becomes of it: no other bytes than these are touched (sanitizers)
    Bytes damaged = stored;
    damaged[4 + static_cast<std::size_t>(random() % (stored.size() - 4))] ^= static_cast<std::byte>(1 + random() % 255);
    try {
      decode(lz4_chain(), damaged, dtype, {content.size()}, executor);
      decode_strided(damaged, dtype, content.size(), false, executor);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace chunkmark::codec
