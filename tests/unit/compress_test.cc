#include "base/error.h"
#include "bytes/zstd.h"
#include "unit/catch.h"

namespace chunkmark::bytes {
namespace {

TEST_CASE("a zstd block round trips, and every damage to it is noticed") {
  std::vector<std::byte> raw(5000);
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::byte>(i * i % 251);
  const std::vector<std::byte> frame = zstd_compress(raw, 1);
  CHECK(zstd_decompress(frame, raw.size(), "x") == raw);
  CHECK_THROWS_AS(zstd_decompress(frame, raw.size() - 1, "x"), Error);
  CHECK_THROWS_AS(zstd_decompress(frame, raw.size() + 1, "x"), Error);
  for (std::size_t cut = 0; cut < frame.size(); cut += 7) {
    CHECK_THROWS_AS(zstd_decompress(ByteView(frame).first(cut), raw.size(), "x"), Error);
  }
}

TEST_CASE("a flipped bit in a zstd block is found by its checksum") {
  const std::vector<std::byte> raw(300, std::byte{7});
  const std::vector<std::byte> frame = zstd_compress(raw, 1);
  int noticed = 0;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    std::vector<std::byte> damaged = frame;
    damaged[i] ^= std::byte{1};
    try {
      // A flip in the header's unused bit is legal; what may not happen is other content.
      if (zstd_decompress(damaged, raw.size(), "x") != raw) FAIL("wrong content accepted");
    } catch (const Error&) {
      ++noticed;
    }
  }
  CHECK(noticed > static_cast<int>(frame.size()) / 2);
}

}  // namespace
}  // namespace chunkmark::bytes
