#include "storage/versioned/sha256_portable.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace chunkmark::versioned {

namespace {

// Each round's constant: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// 64 rounds per block of 64 bytes. Its 16 big-endian words are extended to one word for each round; a round shifts the
// eight words of the state by one and mixes the round's word into two of them; what comes out is added to what went in.
void compress(std::array<std::uint32_t, 8>& state, const std::byte* data, std::size_t blocks) {
  for (; blocks-- > 0; data += 64) {
    std::uint32_t w[64];
    for (int i = 0; i < 16; ++i) w[i] = __builtin_bswap32(load_le<std::uint32_t>(data + 4 * i));
    for (int i = 16; i < 64; ++i) {
      const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (int i = 0; i < 64; ++i) {
      const std::uint32_t t1 =
          h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
      const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::uint32_t add[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) state[i] += add[i];
  }
}

}  // namespace

void PortableSha256::update(ByteView bytes) {
  if (bytes.empty()) return;  // its pointer may be null, which memcpy must not be given
  const std::size_t held = bytes_ % 64;
  bytes_ += bytes.size();
  if (held > 0) {
    const std::size_t take = std::min<std::size_t>(64 - held, bytes.size());
    std::memcpy(pending_.data() + held, bytes.data(), take);
    bytes = bytes.subspan(take);
    if (held + take < 64) return;
    compress(state_, pending_.data(), 1);
  }
  compress(state_, bytes.data(), bytes.size() / 64);
  const ByteView rest = bytes.subspan(bytes.size() / 64 * 64);
  if (!rest.empty()) std::memcpy(pending_.data(), rest.data(), rest.size());
}

Digest PortableSha256::digest() {
  // A one bit, zeros up to 8 bytes before a block's end, and there the number of bits.
  const std::uint64_t bits = bytes_ * 8;
  std::byte end[72] = {std::byte{0x80}};
  const std::size_t zeros = (119 - bytes_ % 64) % 64;
  for (int i = 0; i < 8; ++i) end[1 + zeros + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  update(ByteView(end, 9 + zeros));
  Digest digest;
  for (int i = 0; i < 8; ++i) store_le(digest.data() + 4 * i, __builtin_bswap32(state_[i]));
  return digest;
}

}  // namespace chunkmark::versioned
