#include "base/value_text.h"

#include <cstdlib>

namespace chunkmark {

namespace {

char kind_of(const json::value& dtype) {
  return dtype.is_string() && dtype.get_string().size() > 1 ? dtype.get_string()[1] : ' ';
}

// A number as its digits, the first of them before the point, and the power of ten that they are times.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

// The fewest digits that tell a double, as JSON has them ("-1.25E-3"): printf would make a page's module larger by a
// tenth.
Decimal shortest(double value) {
  const std::string text = json::serialize(json::value(value));
  Decimal decimal;
  const std::size_t end = text.find('E');
  for (const char c : text.substr(0, end)) {
    if (c == '-') decimal.negative = true;
    if (c >= '0' && c <= '9') decimal.digits += c;
  }
  if (end != std::string::npos) decimal.exponent = std::atoi(text.c_str() + end + 1);
  while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
  return decimal;
}

std::string scientific(const Decimal& decimal, char mark) {
  std::string text = decimal.digits.substr(0, 1);
  if (decimal.digits.size() > 1) text += "." + decimal.digits.substr(1);
  return (decimal.negative ? "-" : "") + text + mark + std::to_string(decimal.exponent);
}

Decimal rounded(Decimal decimal, std::size_t count) {
  if (decimal.digits.size() <= count) return decimal;
  const bool up = decimal.digits[count] >= '5';
  decimal.digits.resize(count);
  if (!up) return decimal;
  std::size_t at = count;
  while (at > 0 && decimal.digits[at - 1] == '9') decimal.digits[--at] = '0';
  if (at > 0) {
    ++decimal.digits[at - 1];
  } else {
    decimal.digits.insert(0, "1").pop_back();
    ++decimal.exponent;
  }
  while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
  return decimal;
}

// The fewest digits that tell the number: of single precision, and of half, fewer do than of double.
std::string number_text(double value, const json::value& dtype) {
  constexpr int kFixedFrom = -5, kFixedTo = 16;
  constexpr std::size_t kDigitsOfHalf = 5, kDigitsOfSingle = 9;
  Decimal decimal = shortest(value);
  if (dtype.is_string() && dtype.get_string().ends_with("f2")) decimal = rounded(decimal, kDigitsOfHalf);
  if (dtype.is_string() && dtype.get_string().ends_with("f4")) {
    for (std::size_t count = 1; count <= kDigitsOfSingle; ++count) {
      const Decimal fewer = rounded(decimal, count);
      const json::value told = parse_json(scientific(fewer, 'E'), "number");
      if (static_cast<float>(told.to_number<double>()) != static_cast<float>(value)) continue;
      decimal = fewer;
      break;
    }
  }
  const std::string sign = decimal.negative ? "-" : "";
  const int exponent = decimal.exponent;
  std::string digits = decimal.digits;
  if (exponent < kFixedFrom || exponent >= kFixedTo) {
    std::string text = scientific(decimal, 'e');
    const std::size_t at = text.find('e') + 1;  // the power as printf writes it: a sign and two digits at least
    const int power = std::abs(exponent);
    return text.substr(0, at) + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "") + std::to_string(power);
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0');
  return sign + digits.insert(whole, ".");
}

}  // namespace

std::string value_text(const json::value& element, const json::value& dtype) {
  if (element.is_double()) return number_text(element.get_double(), dtype);
  if (element.is_string() && (kind_of(dtype) == 'f' || kind_of(dtype) == 'c')) {
    return std::string(element.get_string());  // NaN and the infinities
  }
  if (element.is_string() && (kind_of(dtype) == 'S' || kind_of(dtype) == 'V')) {
    std::string text = "b'";
    for (const char c : element.get_string()) text += c == '\'' ? "\\'" : std::string(1, c);
    return text + "'";
  }
  if (element.is_object() && element.get_object().size() == 1) {
    const json::value* path = element.get_object().if_contains("object");
    if (path != nullptr && path->is_string()) return "-> " + std::string(path->get_string());
  }
  if (!element.is_array()) return json::serialize(element);
  return "(" + list_text(element.get_array(), element.get_array().size(), kind_of(dtype) == 'c' ? dtype : nullptr) +
         ")";
}

std::string list_text(const json::array& list, std::size_t shown, const json::value& dtype) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < shown; ++i)
    text += (text.empty() ? "" : " ") + value_text(list[i], dtype);
  if (list.size() > shown) text += " ... " + std::to_string(list.size()) + " in all";
  return text;
}

}  // namespace chunkmark
