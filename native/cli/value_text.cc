#include "native/cli/value_text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "native/cli/text.h"

namespace chunkmark::cli {

namespace {

bool is_bytes(const json::value& dtype) {
  if (!dtype.is_string()) return false;
  const std::string_view name = dtype.get_string();
  return name.starts_with("|S") || name.starts_with("|V");
}

}  // namespace

std::string shape_text(const json::value& extents, const char* absent) {
  if (extents.is_null()) return absent;
  std::string text;
  for (const json::value& extent : extents.get_array()) {
    text += (text.empty() ? "" : " x ") + json::serialize(extent);
  }
  return text.empty() ? "scalar" : text;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return shape_text(json::value(json::value_from(shape)));
}

std::string type_text(const json::value& dtype) {
  if (dtype == "|O") return "variable-length string";
  return dtype.is_string() ? std::string(dtype.get_string()) : json::serialize(dtype);
}

std::string type_text(const json::object& facts) {
  const json::value* words = facts.if_contains("type");
  return words ? std::string(words->get_string()) : type_text(facts.at("dtype"));
}

std::string element_text(const json::value& element, const json::value& dtype) {
  if (element.is_double()) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, element.get_double()).ptr;
    return {digits, end};
  }
  if (element.is_string() && is_bytes(dtype)) {
    std::string text = "b'";
    for (const char c : element.get_string()) text += c == '\'' ? "\\'" : std::string(1, c);
    return text + "'";
  }
  if (!element.is_array()) return json::serialize(element);
  std::string text;
  for (const json::value& part : element.get_array()) text += (text.empty() ? "" : " ") + element_text(part, nullptr);
  return "(" + text + ")";
}

// A line for each row of the last axis, an empty line between planes.
void print_elements(const json::array& elements, const json::value& dtype, const std::vector<std::uint64_t>& counts) {
  const std::uint64_t row = counts.empty() ? 1 : counts.back();
  const std::uint64_t plane = counts.size() < 3 ? 0 : row * counts[counts.size() - 2];
  std::size_t width = 0;
  std::vector<std::string> texts;
  for (const json::value& element : elements) {
    texts.push_back(element_text(element, dtype));
    width = std::max(width, texts.back().size());
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool ends_row = (i + 1) % row == 0;
    std::printf("%s%s", counts.size() < 2 ? texts[i].c_str() : padded_left(texts[i], width).c_str(),
                ends_row ? "\n" : " ");
    if (plane > 0 && ends_row && (i + 1) % plane == 0 && i + 1 < texts.size()) std::printf("\n");
  }
}

std::string counted(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace chunkmark::cli
