// Sha256: the hash of chunks in versioned files (FIPS 180-4). Feed it with update(), take digest() once. A copy goes on
// from what was fed so far.
//
// There are two of it, of which the build takes one (sha256.cmake): OpenSSL's, which uses what the processor has, and
// where there is none (WebAssembly) PortableSha256. Not thread-safe.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace chunkmark::versioned {

using Digest = std::array<std::byte, 32>;

class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;
  ~Sha256();
  void update(ByteView bytes);
  Digest digest();

  // "openssl" or "portable".
  static const char* library();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline std::string to_hex(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace chunkmark::versioned
