#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "storage/array/float16.h"
#include "storage/zarr/document.h"

namespace chunkmark::zarr {

using array::DType;
using array::Element;
using array::Kind;

namespace {

[[noreturn]] void refuse(const json::value& value, DType dtype, const std::string& name) {
  throw Error(ErrorCode::kCorrupt, name + ": expected a fill_value for " + array::dtype_name(dtype) + ", found " +
                                       json::serialize(value).substr(0, 100));
}

template <typename T>
void put(Element& element, std::size_t at, T value) {
  std::memcpy(element.data() + at, &value, sizeof value);
}

// The bits of a float word, `bytes` wide.
std::uint64_t float_bits(double value, std::size_t bytes) {
  switch (bytes) {
    case 2:
      return array::float16_bits(value);
    case 4:
      return chunkmark::bit_cast<std::uint32_t>(static_cast<float>(value));
    default:
      return chunkmark::bit_cast<std::uint64_t>(value);
  }
}

void put_bits(Element& element, std::size_t at, std::uint64_t bits, std::size_t bytes) {
  std::memcpy(element.data() + at, &bits, bytes);  // little-endian host (base/bytes.h)
}

// The word that `value` means; `number`, where it is not empty, is the text of a number.
std::optional<std::uint64_t> float_word(const json::value& value, const std::string& number, std::size_t bytes) {
  if (value.is_number()) {
    double exact = value.to_number<double>();
    // std::from_chars for floats is missing in Emscripten's library; no program of ours leaves the "C" locale.
    if (!number.empty()) exact = std::strtod(number.c_str(), nullptr);
    return float_bits(exact, bytes);
  }
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = value.get_string();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return float_bits(std::numeric_limits<double>::quiet_NaN(), bytes);
  if (text == "Infinity") return float_bits(kInfinity, bytes);
  if (text == "-Infinity") return float_bits(-kInfinity, bytes);
  // The bits themselves, for NaNs of other kinds: "0x7fc00001".
  std::uint64_t bits = 0;
  if (text.size() != 2 + 2 * bytes || !text.starts_with("0x")) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bits;
}

template <typename T>
bool put_integer(Element& element, const json::value& value) {
  if (value.is_int64() && std::in_range<T>(value.get_int64())) {
    put(element, 0, static_cast<T>(value.get_int64()));
    return true;
  }
  if (value.is_uint64() && std::in_range<T>(value.get_uint64())) {
    put(element, 0, static_cast<T>(value.get_uint64()));
    return true;
  }
  return false;
}

bool put_integer(Element& element, const json::value& value, DType dtype) {
  const bool is_signed = dtype.kind == Kind::kInt;
  switch (dtype.item_bytes) {
    case 1:
      return is_signed ? put_integer<std::int8_t>(element, value) : put_integer<std::uint8_t>(element, value);
    case 2:
      return is_signed ? put_integer<std::int16_t>(element, value) : put_integer<std::uint16_t>(element, value);
    case 4:
      return is_signed ? put_integer<std::int32_t>(element, value) : put_integer<std::uint32_t>(element, value);
    default:
      return is_signed ? put_integer<std::int64_t>(element, value) : put_integer<std::uint64_t>(element, value);
  }
}

// Integers and booleans as some writers have them: 0.0.
json::value whole_number(const json::value& value, DType dtype, const std::string& name,
                         std::vector<std::string>& warnings) {
  const bool is_whole = dtype.kind == Kind::kBool || dtype.kind == Kind::kInt || dtype.kind == Kind::kUInt;
  if (!is_whole || !value.is_double()) return value;
  const double number = value.get_double();
  constexpr double kEnd = 0x1p64;
  if (std::trunc(number) != number || number < -kEnd / 2 || number >= kEnd) return value;
  warnings.push_back(name + ": fill_value of " + array::dtype_name(dtype) +
                     " written as a floating point number: " + json::serialize(value));
  if (number < 0) return static_cast<std::int64_t>(number);
  const auto whole = static_cast<std::uint64_t>(number);
  if (whole <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return static_cast<std::int64_t>(whole);
  }
  return whole;
}

json::value float_json(const Element& element, std::size_t at, std::size_t bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, element.data() + at, bytes);
  const double value = bytes == 2   ? array::float16_value(static_cast<std::uint16_t>(bits))
                       : bytes == 4 ? chunkmark::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                    : chunkmark::bit_cast<double>(bits);
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (!std::isnan(value)) return value;
  if (bits == float_bits(std::numeric_limits<double>::quiet_NaN(), bytes)) return "NaN";
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (std::size_t i = 2 * bytes; i-- > 0;) text += kDigits[(bits >> (4 * i)) & 15];
  return json::value(text);
}

}  // namespace

Element parse_number_fill(const json::value& written, const std::vector<std::string>& numbers, DType dtype,
                          const std::string& name, std::vector<std::string>& warnings) {
  Element element(dtype.item_bytes);
  const json::value value = whole_number(written, dtype, name, warnings);
  std::size_t next_number = 0;
  const auto text_of = [&](const json::value& part) {
    return part.is_number() && next_number < numbers.size() ? numbers[next_number++] : std::string();
  };
  const std::size_t word = dtype.word_bytes();
  switch (dtype.kind) {
    case Kind::kBool:
      // v2 writers say 0 and 1 as well.
      if (value.is_bool()) {
        element[0] = std::byte{value.get_bool()};
      } else if (value.is_int64() && (value.get_int64() == 0 || value.get_int64() == 1)) {
        element[0] = static_cast<std::byte>(value.get_int64());
      } else {
        refuse(value, dtype, name);
      }
      break;
    case Kind::kInt:
    case Kind::kUInt:
      if (!put_integer(element, value, dtype)) refuse(value, dtype, name);
      break;
    case Kind::kFloat: {
      const std::optional<std::uint64_t> bits = float_word(value, text_of(value), word);
      if (!bits) refuse(value, dtype, name);
      put_bits(element, 0, *bits, word);
      break;
    }
    case Kind::kComplex: {
      // A pair in both formats; a plain number, as v2 writers have it for zero, is the real part.
      const json::array pair =
          value.is_array() ? value.get_array() : json::array{value, "0x" + std::string(2 * word, '0')};
      if (pair.size() != 2) refuse(value, dtype, name);
      for (std::size_t i = 0; i < 2; ++i) {
        const std::optional<std::uint64_t> bits = float_word(pair[i], text_of(pair[i]), word);
        if (!bits) refuse(value, dtype, name);
        put_bits(element, i * word, *bits, word);
      }
      break;
    }
    default:
      refuse(value, dtype, name);
  }
  return element;
}

json::value number_fill_json(Element element, DType dtype) {
  element.resize(dtype.item_bytes);
  const std::size_t word = dtype.word_bytes();
  switch (dtype.kind) {
    case Kind::kBool:
      return element[0] != std::byte{0};
    case Kind::kFloat:
      return float_json(element, 0, word);
    case Kind::kComplex:
      return json::array{float_json(element, 0, word), float_json(element, word, word)};
    default:
      break;
  }
  std::uint64_t bits = 0;
  std::memcpy(&bits, element.data(), dtype.item_bytes);
  if (dtype.kind == Kind::kUInt) return bits;
  const unsigned unused = 64 - 8 * dtype.item_bytes;  // sign extension
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

}  // namespace chunkmark::zarr
