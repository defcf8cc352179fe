#include "native/cli/text.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace chunkmark::cli {
namespace {

constexpr std::size_t kScreenColumns = 80;
constexpr std::size_t kLastColumn = 60;  // a column that begins further right leaves no room for words

std::size_t columns_of(const std::string& text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

// Where a broken line goes on.
std::size_t hanging_columns(const std::string& line, std::size_t hanging) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = line.rfind("  ", kLastColumn);
  return gap == std::string::npos || gap < begin ? begin + hanging : columns_of(line.substr(0, gap + 2));
}

std::string wrapped_line(const std::string& line, std::size_t hanging) {
  if (columns_of(line) <= kScreenColumns) return line;
  const std::string indentation(hanging_columns(line, hanging), ' ');
  std::size_t at = std::min(line.find_first_not_of(' '), line.size());
  std::string text, row = line.substr(0, at);
  bool is_fresh = true;  // the row has no word yet
  while (at < line.size()) {
    const std::size_t space = std::min(line.find(' ', at), line.size());
    const std::size_t next = std::min(line.find_first_not_of(' ', space), line.size());
    const std::string word = line.substr(at, space - at);
    if (!is_fresh && columns_of(row) + columns_of(word) > kScreenColumns) {
      text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
      row = indentation;
    }
    row += word + line.substr(space, next - space);
    is_fresh = false;
    at = next;
  }
  return text + row.substr(0, row.find_last_not_of(' ') + 1);
}

}  // namespace

std::string wrapped(const std::string& text, std::size_t hanging) {
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all += wrapped_line(text.substr(at, end - at), hanging);
    if (end < text.size()) all += '\n';
    at = end + 1;
  }
  return all;
}

std::string copy_glyph(std::uint64_t extra_copies, std::uint64_t proven_copies) {
  constexpr std::uint64_t kMostShown = 6;
  std::string glyph = "■";
  for (std::uint64_t i = 0; i < extra_copies && i < kMostShown; ++i) glyph += i < proven_copies ? "▮" : "▯";
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
