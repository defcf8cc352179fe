#include "instrument/import/python_lines.h"

namespace chunkmark::imports {
namespace {

class Table {
 public:
  explicit Table(ByteView bytes) : bytes_(bytes) {}
  bool at_end() const { return at_ == bytes_.size(); }
  std::uint8_t byte() { return at_end() ? 0 : static_cast<std::uint8_t>(bytes_[at_++]); }
  // Groups of six bits, lowest first; bit 64 tells that more follow.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 60; shift += 6) {
      const std::uint64_t next = byte();
      value |= (next & 63) << shift;
      if ((next & 64) == 0) break;
    }
    return value;
  }
  std::int64_t signed_varint() {
    const std::uint64_t value = varint();
    const auto size = static_cast<std::int64_t>(value >> 1);
    return (value & 1) != 0 ? -size : size;
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

// Entries of (code, length in code units), each with what its code brings.
std::int64_t location_line(Table table, std::int64_t line, std::int64_t target) {
  std::int64_t address = 0;
  while (!table.at_end()) {
    const std::uint8_t first = table.byte();
    if (first == 0) break;
    const int code = first >> 3 & 15;
    const int units = (first & 7) + 1;
    if (code == 14) {
      line += table.signed_varint();
      for (int i = 0; i < 3; ++i) table.varint();
    } else if (code == 13) {
      line += table.signed_varint();
    } else if (code >= 10 && code <= 12) {
      line += code - 10;
      table.byte();
      table.byte();
    } else if (code < 10) {
      table.byte();
    }
    if (address <= target && target < address + units) return line;
    address += units;
  }
  return 0;
}

// Pairs of (bytes of code, lines). lines_first: a pair's lines are those of its own bytes (3.10), else of the next
// pair's.
std::int64_t pairs_line(Table table, std::int64_t line, std::int64_t target, bool lines_first) {
  std::int64_t address = 0;
  while (!table.at_end()) {
    const std::int64_t bytes = table.byte();
    const std::int64_t delta = static_cast<std::int8_t>(table.byte());
    address += bytes;
    if (!lines_first && address > target) return line;
    if (!lines_first || delta != -128) line += delta;
    if (lines_first && address > target) return line;
  }
  return line;
}

}  // namespace

std::uint32_t python_line(std::uint32_t python_version, ByteView table, std::int64_t first_line,
                          std::int64_t instruction) {
  if (table.empty() || instruction < 0) return 0;
  const std::uint32_t minor = python_version >> 16;  // 0x030b: 3.11
  const std::int64_t line = minor >= 0x030b   ? location_line(Table(table), first_line, instruction / 2)
                            : minor == 0x030a ? pairs_line(Table(table), first_line, 2 * instruction, true)
                                              : pairs_line(Table(table), first_line, instruction, false);
  return line > 0 && line <= 0x7fffffff ? static_cast<std::uint32_t>(line) : 0;
}

}  // namespace chunkmark::imports
