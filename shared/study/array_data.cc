#include "study/array_data.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "base/error.h"

namespace chunkmark::study {
namespace {

std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t mixed = state += 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

template <class T>
T random_element(std::uint64_t& state) {
  const std::uint64_t bits = split_mix(state);
  if constexpr (std::is_floating_point_v<T>) {  // as many of the top bits as the mantissa holds
    constexpr int kDigits = std::numeric_limits<T>::digits;
    return std::ldexp(static_cast<T>(bits >> (64 - kDigits)), -kDigits);
  } else {
    return static_cast<T>(bits);
  }
}

// A parabola for each half turn of the wave, in place of sin(), whose last bit differs between libraries: all here is
// exact, but for one rounding at the end.
template <class T>
T smooth_element(std::size_t index) {
  const auto turn = static_cast<std::int32_t>(static_cast<std::uint32_t>(index) * 27343u) >> 8;
  const double x = turn * 0x1p-23;  // [-1, 1)
  const double wave = 4 * x * (1 - std::abs(x));
  return static_cast<T>(std::is_floating_point_v<T> ? wave : (wave + 1) * 60);
}

template <class T>
void fill_as(MutableByteView out, bool random, std::uint64_t seed) {
  for (std::size_t at = 0; at + sizeof(T) <= out.size(); at += sizeof(T)) {
    const T value = random ? random_element<T>(seed) : smooth_element<T>(at / sizeof(T));
    std::memcpy(out.data() + at, &value, sizeof value);
  }
}

using Fill = void (*)(MutableByteView, bool, std::uint64_t);

Fill fill_of(array::DType dtype) {
  const bool is_float = dtype.kind == array::Kind::kFloat;
  const bool is_integer = dtype.kind == array::Kind::kInt || dtype.kind == array::Kind::kUInt;
  switch (dtype.item_bytes) {
    case 1:
      return is_integer ? fill_as<std::uint8_t> : nullptr;
    case 2:
      return is_integer ? fill_as<std::uint16_t> : nullptr;
    case 4:
      return is_float ? fill_as<float> : is_integer ? fill_as<std::uint32_t> : nullptr;
    case 8:
      return is_float ? fill_as<double> : is_integer ? fill_as<std::uint64_t> : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

bool can_fill(array::DType dtype) {
  return fill_of(dtype) != nullptr;
}

void fill(MutableByteView out, array::DType dtype, std::string_view data, std::uint64_t seed) {
  if (data != "random" && data != "smooth") {
    throw Error(ErrorCode::kInvalidArgument, "data: expected random or smooth, found " + std::string(data));
  }
  const Fill fill = fill_of(dtype);
  if (fill == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                "dtype: expected an integer type, float32 or float64, found " + array::dtype_name(dtype));
  }
  fill(out, data == "random", seed);
}

}  // namespace chunkmark::study
