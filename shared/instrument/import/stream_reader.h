// StreamReader: numbers and texts of a ByteStream, each checked against its end.
//
// Numbers are little-endian; varints as in base/byte_reader.h. Errors: kCorrupt, naming the file, the offset (in the
// unpacked content), what was expected and what was found. Not thread-safe.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "instrument/import/byte_stream.h"

namespace chunkmark::imports {

class StreamReader {
 public:
  StreamReader(std::unique_ptr<ByteStream> stream, std::string name)
      : stream_(std::move(stream)), name_(std::move(name)) {}

  std::uint64_t offset() const { return before_ + at_; }
  bool at_end() { return at_ == run_.size() && !refill(); }

  std::uint8_t byte(const char* expected) {
    if (at_end()) fail(expected, "the end of the file");
    return static_cast<std::uint8_t>(run_[at_++]);
  }

  std::uint64_t varint(const char* expected) {
    std::uint64_t value = 0;
    if (run_.size() - at_ >= kMaxVarintBytes) {  // no end to look for
      for (int shift = 0; shift < 64; shift += 7) {
        const auto next = static_cast<std::uint64_t>(run_[at_++]);
        value |= (next & 0x7f) << shift;
        if (next < 0x80) return value;
      }
      fail(expected, "a number of more than 64 bits");
    }
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t next = byte(expected);
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    fail(expected, "a number of more than 64 bits");
  }

  std::int64_t signed_varint(const char* expected) {
    const std::uint64_t value = varint(expected);
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  template <typename T>
  T number(const char* expected) {
    std::byte raw[sizeof(T)];
    if (run_.size() - at_ >= sizeof raw) {
      std::memcpy(raw, run_.data() + at_, sizeof raw);
      at_ += sizeof raw;
    } else {
      for (std::byte& each : raw) each = static_cast<std::byte>(byte(expected));
    }
    return load_le<T>(raw);
  }

  // Up to `end`, which is passed over. Longer than max_bytes is an error.
  std::string text_to(char end, std::size_t max_bytes, const char* expected) {
    std::string text;
    while (!at_end()) {
      const std::string_view rest = as_text(run_.subspan(at_));
      const std::size_t found = rest.find(end);
      text += rest.substr(0, found);
      if (text.size() > max_bytes) fail(expected, "more than " + std::to_string(max_bytes) + " bytes");
      if (found != std::string_view::npos) {
        at_ += found + 1;
        return text;
      }
      at_ += rest.size();
    }
    fail(expected, "the end of the file");
  }
  // The same as a view, which is good until the next call: of the bytes that are there, where the end is among them,
  // else of `room`, which it fills.
  std::string_view view_to(char end, std::size_t max_bytes, std::string& room, const char* expected) {
    if (!at_end()) {
      const std::string_view rest = as_text(run_.subspan(at_));
      const std::size_t found = rest.find(end);
      if (found <= max_bytes) {
        at_ += found + 1;
        return rest.substr(0, found);
      }
    }
    return room = text_to(end, max_bytes, expected);
  }
  std::string c_string(const char* expected) { return text_to('\0', kMaxTextBytes, expected); }

  std::vector<std::byte> bytes(std::uint64_t count, std::size_t max_bytes, const char* expected) {
    if (count > max_bytes) fail(expected, std::to_string(count) + " bytes");
    std::vector<std::byte> taken;
    while (taken.size() < count) {
      if (at_end()) fail(expected, "the end of the file");
      const ByteView rest = run_.subspan(at_, std::min<std::size_t>(run_.size() - at_, count - taken.size()));
      taken.insert(taken.end(), rest.begin(), rest.end());
      at_ += rest.size();
    }
    return taken;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error(ErrorCode::kCorrupt,
                name_ + ": at byte " + std::to_string(offset()) + ": expected " + expected + ", found " + found);
  }

  const std::string& name() const { return name_; }

  static constexpr std::size_t kMaxTextBytes = 1 << 20;

 private:
  static constexpr std::size_t kMaxVarintBytes = 10;

  bool refill() {
    before_ += run_.size();
    at_ = 0;
    run_ = stream_->next();
    return !run_.empty();
  }

  std::unique_ptr<ByteStream> stream_;
  std::string name_;
  ByteView run_;
  std::size_t at_ = 0;
  std::uint64_t before_ = 0;  // bytes of the runs before this one
};

}  // namespace chunkmark::imports
