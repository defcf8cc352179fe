#include "native/cli/text.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace chunkmark::cli {
namespace {

std::size_t columns_of(const std::string& text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

}  // namespace

std::string copy_glyph(std::uint64_t extra_copies) {
  constexpr std::uint64_t kMostShown = 6;
  std::string glyph = "■";
  for (std::uint64_t i = 0; i < extra_copies && i < kMostShown; ++i) glyph += "▯";
  return extra_copies > kMostShown ? glyph + "…" : glyph;
}

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string before_text(double bytes, double bytes_before) {
  if (bytes_before < bytes / 100) return "";
  return bytes_before < bytes ? ", " + bytes_text(bytes_before) + " of it before begin" : ", there before begin";
}

std::string bytes_text(double bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (std::abs(bytes) >= 1000 && unit + 1 < sizeof units / sizeof units[0]) {
    bytes /= 1000;
    ++unit;
  }
  return decimal(bytes, unit == 0 ? 0 : 1) + " " + units[unit];
}

std::string padded(const std::string& text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return used < columns ? text + std::string(columns - used, ' ') : text;
}

std::string padded_left(const std::string& text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return used < columns ? std::string(columns - used, ' ') + text : text;
}

std::string cell(const std::string& text, std::size_t columns) {
  return padded_left(columns_of(text) < columns ? text : " " + text, columns);
}

bool is_terminal(int file) {
  return isatty(file) == 1;
}

}  // namespace chunkmark::cli
