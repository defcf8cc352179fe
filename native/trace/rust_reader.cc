#include "native/trace/rust_reader.h"

#include <vector>

#include "base/utf8.h"

namespace chunkmark::trace {
namespace {

constexpr std::size_t kMaxIdentifierPoints = 512;

// RFC 3492, with Rust's digits (a-z, 0-9) and the plain characters apart.
std::string from_punycode(const RustIdentifier& identifier) {
  std::vector<std::uint32_t> points(identifier.ascii.begin(), identifier.ascii.end());
  std::uint64_t point = 128, place = 0, bias = 72;
  bool first = true;
  for (std::size_t at = 0; at < identifier.punycode.size(); first = false) {
    std::uint64_t delta = 0, weight = 1;
    for (std::uint64_t k = 36;; k += 36) {
      if (at >= identifier.punycode.size() || weight > 1u << 30) throw Malformed();
      const char c = identifier.punycode[at++];
      const auto digit = static_cast<std::uint64_t>(is_digit(c) ? c - '0' + 26 : c - 'a');
      if (digit >= 36) throw Malformed();
      delta += digit * weight;
      const std::uint64_t threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    place += delta;
    const std::uint64_t count = points.size() + 1;
    point += place / count;
    place %= count;
    if (point > 0x10ffff || count > kMaxIdentifierPoints) throw Malformed();
    points.insert(points.begin() + static_cast<std::ptrdiff_t>(place++), static_cast<std::uint32_t>(point));
    delta = first ? delta / 700 : delta / 2;
    delta += delta / count;
    std::uint64_t k = 0;
    for (; delta > 455; k += 36) delta /= 35;
    bias = k + 36 * delta / (delta + 38);
  }
  std::string text;
  for (const std::uint32_t one : points) append_utf8(text, one);
  return text;
}

std::uint64_t hex_value(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  return value;
}

std::string escaped(std::string_view text, char quote) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == quote || c == '\\') {
      (out += '\\') += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      ((out += "\\x") += kDigits[byte >> 4]) += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::uint64_t RustReader::base_62() {
  if (eat('_')) return 0;
  std::uint64_t value = 0;
  for (char c; (c = next()) != '_';) {
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : is_upper(c) ? c - 'A' + 36 : -1;
    if (digit < 0 || value > ~std::uint64_t{0} / 62 - 2) throw Malformed();
    value = value * 62 + static_cast<std::uint64_t>(digit);
  }
  return value + 1;
}

RustIdentifier RustReader::undisambiguated_identifier() {
  RustIdentifier identifier;
  const bool punycode = eat('u');
  std::size_t length = 0;
  if (!is_digit(peek())) throw Malformed();
  if (!eat('0')) {
    while (is_digit(peek())) {
      length = length * 10 + static_cast<std::size_t>(next() - '0');
      if (length > text_.size()) throw Malformed();
    }
  }
  eat('_');
  if (length > text_.size() - at_) throw Malformed();
  identifier.ascii = text_.substr(at_, length);
  at_ += length;
  if (!punycode) return identifier;
  const std::size_t split = identifier.ascii.rfind('_');
  const bool has_ascii = split != std::string_view::npos;
  identifier.punycode = has_ascii ? identifier.ascii.substr(split + 1) : identifier.ascii;
  identifier.ascii = has_ascii ? identifier.ascii.substr(0, split) : std::string_view();
  if (identifier.punycode.empty()) throw Malformed();
  return identifier;
}

RustIdentifier RustReader::identifier() {
  const std::uint64_t disambiguator = optional_base_62('s');
  RustIdentifier identifier = undisambiguated_identifier();
  identifier.disambiguator = disambiguator;
  return identifier;
}

void RustReader::print(const RustIdentifier& identifier) {
  if (!printing_) return;
  print(identifier.punycode.empty() ? std::string(identifier.ascii) : from_punycode(identifier));
}

std::string_view RustReader::hex_digits() {
  const std::size_t begin = at_;
  for (char c; (c = next()) != '_';) {
    if (!is_digit(c) && (c < 'a' || c > 'f')) throw Malformed();
  }
  return text_.substr(begin, at_ - 1 - begin);
}

std::uint64_t RustReader::number() {
  const std::string_view digits = hex_digits();
  if (digits.size() > 16) throw Malformed();
  return hex_value(digits);
}

void RustReader::integer() {
  if (eat('n')) print("-");
  std::string_view digits = hex_digits();
  while (digits.starts_with('0')) digits.remove_prefix(1);
  print(digits.size() > 16 ? "0x" + std::string(digits) : std::to_string(hex_value(digits)));
}

void RustReader::character() {
  const std::uint64_t point = number();
  if (point > 0x10ffff) throw Malformed();
  std::string text;
  append_utf8(text, static_cast<std::uint32_t>(point));
  print("'" + escaped(text, '\'') + "'");
}

void RustReader::string_literal() {
  const std::string_view digits = hex_digits();
  if (digits.size() % 2 != 0) throw Malformed();
  if (!printing_) return;
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i += 2) text += static_cast<char>(hex_value(digits.substr(i, 2)));
  print("\"" + escaped(utf8_text(text), '"') + "\"");
}

}  // namespace chunkmark::trace
