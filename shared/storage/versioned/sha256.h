// Sha256: the hash of chunks in versioned files (FIPS 180-4). A value; feed it with update(), take digest()
// once. Uses the processor's SHA instructions where there are any. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace chunkmark::versioned {

using Digest = std::array<std::byte, 32>;

class Sha256 {
 public:
  void update(ByteView bytes);
  Digest digest();

 private:
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::uint64_t bytes_ = 0;
};

std::string to_hex(ByteView bytes);

}  // namespace chunkmark::versioned
