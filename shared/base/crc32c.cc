#include "base/crc32c.h"

#include <array>

namespace chunkmark {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // bits reversed: the lowest bit is the highest power

// kTables[k][b]: what byte b does to the state when k more bytes follow it in the same step.
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t state = b;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = state;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 255];
    }
  }
  return tables;
}

constexpr auto kTables = make_tables();

std::uint32_t add_by_table(std::uint32_t state, ByteView bytes) {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    const std::uint64_t word = load_le<std::uint64_t>(p) ^ state;
    state = 0;
    for (unsigned k = 0; k < 8; ++k) state ^= kTables[7 - k][(word >> (8 * k)) & 255];
  }
  for (; left > 0; --left, ++p) state = (state >> 8) ^ kTables[0][(state ^ static_cast<std::uint32_t>(*p)) & 255];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t add_by_instruction(std::uint32_t state, ByteView bytes) {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t wide = state;
  for (; left >= 8; left -= 8, p += 8) wide = __builtin_ia32_crc32di(wide, load_le<std::uint64_t>(p));
  state = static_cast<std::uint32_t>(wide);
  for (; left > 0; --left, ++p) state = __builtin_ia32_crc32qi(state, static_cast<unsigned char>(*p));
  return state;
}

std::uint32_t add(std::uint32_t state, ByteView bytes) {
  return __builtin_cpu_supports("sse4.2") ? add_by_instruction(state, bytes) : add_by_table(state, bytes);
}
#else
std::uint32_t add(std::uint32_t state, ByteView bytes) {
  return add_by_table(state, bytes);
}
#endif

// a * b modulo the polynomial; both with the bits reversed, so that 1 is the top bit.
std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
  }
  return product;
}

// The state after `bytes` zeros: times x to the power 8 * bytes, by squaring.
std::uint32_t shift(std::uint32_t state, std::uint64_t bytes) {
  std::uint32_t power = 0x80000000 >> 8;  // x^8
  for (; bytes != 0; bytes >>= 1, power = multiply(power, power)) {
    if ((bytes & 1) != 0) state = multiply(state, power);
  }
  return state;
}

}  // namespace

void Crc32c::add(ByteView bytes) {
  state_ = chunkmark::add(state_, bytes);
}

void Crc32c::add_zeros(std::uint64_t bytes) {
  state_ = shift(state_, bytes);
}

void Crc32c::fill_in(ByteView bytes, std::uint64_t behind) {
  state_ ^= shift(chunkmark::add(0, bytes), behind);
}

}  // namespace chunkmark
