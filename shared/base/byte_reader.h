// ByteReader: reads what ByteWriter wrote, from bytes that nobody vouches for.
//
// Borrows the bytes; every read is checked against the end. Errors: kCorrupt, naming the object and the offset.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace chunkmark {

class ByteReader {
 public:
  ByteReader(ByteView bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) fail("a number is cut off");
      const auto byte = static_cast<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number is longer than 64 bits");
  }

  std::int64_t signed_varint() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  ByteView take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail(std::to_string(count) + " bytes expected, " + std::to_string(bytes_.size() - at_) + " left");
    }
    const ByteView taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return taken;
  }

  std::string_view string() { return as_text(take(varint())); }

  // A count of things that take at least min_bytes each: more than the rest can hold is a lie, not a big allocation.
  std::size_t count(std::size_t min_bytes) {
    const std::uint64_t found = varint();
    if (found > (bytes_.size() - at_) / min_bytes) fail("a count of " + std::to_string(found) + " cannot fit");
    return static_cast<std::size_t>(found);
  }

  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t offset() const { return at_; }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorCode::kCorrupt, std::string(name_) + ": at byte " + std::to_string(at_) + ": " + why);
  }

 private:
  ByteView bytes_;
  std::string_view name_;
  std::size_t at_ = 0;
};

}  // namespace chunkmark
