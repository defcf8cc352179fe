// IEEE 754 half precision to and from double: exactness matters, speed does not.
#pragma once

#include <cmath>
#include <cstdint>

namespace chunkmark::array {

// Nearest half, ties to even; beyond the largest half, infinity.
inline std::uint16_t float16_bits(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return 0x7e00 | sign;
  const double magnitude = std::fabs(value);
  if (magnitude >= 65520.0) return 0x7c00 | sign;  // halfway between 65504, the largest, and the next
  int exponent = 0;
  std::frexp(magnitude, &exponent);    // magnitude = f * 2^exponent, f in [0.5, 1)
  if (exponent < -13) exponent = -13;  // subnormals share the exponent of the smallest normal
  // nearbyint rounds to even in the default rounding mode; a carry into the exponent is what the encoding
  // wants.
  const auto mantissa = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, 11 - exponent)));
  const std::uint32_t biased = mantissa < 1024 ? 0 : static_cast<std::uint32_t>(exponent + 14) << 10;
  return static_cast<std::uint16_t>(sign | (mantissa < 1024 ? mantissa : biased + (mantissa - 1024)));
}

inline double float16_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  double magnitude = std::ldexp(mantissa, -24);
  if (exponent == 31) {
    magnitude = mantissa == 0 ? HUGE_VAL : std::nan("");
  } else if (exponent > 0) {
    magnitude = std::ldexp(1024 + mantissa, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace chunkmark::array
