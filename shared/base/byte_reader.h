// ByteReader: reads what ByteWriter wrote, from untrusted bytes.
//
// Borrows the bytes; every read is checked against the end. Errors: kCorrupt, naming the object and the offset.
#pragma once

#include <bit>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace chunkmark {

class ByteReader {
 public:
  ByteReader(ByteView bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  std::uint64_t varint() {
    // A capture has tens of millions, of lengths that no branch predictor guesses: eight bytes are looked at together.
    if (bytes_.size() - at_ < sizeof(std::uint64_t)) return varint_by_bytes();
    std::uint64_t word = load_le<std::uint64_t>(bytes_.data() + at_);
    const std::uint64_t last = ~word & 0x8080808080808080;  // the bytes that end a number
    if (last == 0) return varint_by_bytes();
    word &= last ^ (last - 1);  // nothing after the first of them
    at_ += static_cast<std::size_t>(std::countr_zero(last)) / 8 + 1;
    // Seven bits of every byte move together: in pairs, in fours, in eights.
    word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
    word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
    return (word & 0x0fffffff) | (word & 0x0fffffff00000000) >> 4;
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
  std::uint64_t varint_by_bytes() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) fail("a number is cut off");
      const auto byte = static_cast<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number is longer than 64 bits");
  }

  ByteView bytes_;
  std::string_view name_;
  std::size_t at_ = 0;
};

}  // namespace chunkmark
