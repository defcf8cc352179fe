// ByteWriter: a growing buffer of numbers and strings; ByteReader reads it back.
// Numbers are LEB128 varints (7 bits a byte, low first); signed ones zigzag first. Owns its buffer. Not thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace chunkmark {

class ByteWriter {
 public:
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<std::byte>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<std::byte>(value));
  }

  void signed_varint(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }

  // Length, then the bytes.
  void string(std::string_view text) {
    varint(text.size());
    append(as_byte_view(text));
  }

  void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  ByteView view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  void clear() { bytes_.clear(); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace chunkmark
