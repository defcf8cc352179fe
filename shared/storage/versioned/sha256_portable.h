// PortableSha256: SHA-256 in plain C++, for hosts without a library that has it. As Sha256, which uses it there.
#pragma once

#include <array>
#include <cstdint>

#include "storage/versioned/sha256.h"

namespace chunkmark::versioned {

class PortableSha256 {
 public:
  void update(ByteView bytes);
  Digest digest();

 private:
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace chunkmark::versioned
