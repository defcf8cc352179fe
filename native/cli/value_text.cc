#include "native/cli/value_text.h"

#include <algorithm>
#include <cstdio>

#include "native/cli/text.h"

namespace chunkmark::cli {

namespace {

constexpr std::size_t kColumns = 100;

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

void print_elements(const std::vector<std::string>& texts, const std::vector<std::uint64_t>& counts) {
  if (counts.size() < 2) {
    std::string line;
    for (const std::string& text : texts) {
      if (!line.empty() && line.size() + 1 + text.size() > kColumns) {
        std::printf("%s\n", line.c_str());
        line.clear();
      }
      line += (line.empty() ? "" : " ") + text;
    }
    if (!texts.empty()) std::printf("%s\n", line.c_str());
    return;
  }
  const std::uint64_t row = counts.back();
  const std::uint64_t plane = counts.size() < 3 ? 0 : row * counts[counts.size() - 2];
  std::size_t width = 0;
  for (const std::string& text : texts) width = std::max(width, text.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool ends_row = (i + 1) % row == 0;
    std::printf("%s%s", padded_left(texts[i], width).c_str(), ends_row ? "\n" : " ");
    if (plane > 0 && ends_row && (i + 1) % plane == 0 && i + 1 < texts.size()) std::printf("\n");
  }
}

std::string counted(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace chunkmark::cli
