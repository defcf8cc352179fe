// Cursor: reads little-endian fields from borrowed bytes, never past their end.
//
// `what` (borrowed) names the structure in errors: "object header at 800: needs 8 bytes at 12, has 16".
// Addresses and lengths have the widths that the superblock declares; the undefined address (all ones,
// whatever the width) is kUndefined. Not thread-safe. Source: HDF5 File Format Specification 3.0, I.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace chunkmark::hdf5 {

inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

[[noreturn]] inline void corrupt(std::string_view what, const std::string& why) {
  throw Error(ErrorCode::kCorrupt, std::string(what) + ": " + why);
}
[[noreturn]] inline void unsupported(std::string_view what, const std::string& why) {
  throw Error(ErrorCode::kUnsupported, std::string(what) + ": " + why);
}

// A size that memory is to be made for. Errors: kUnsupported where addresses are of 32 bits and it needs more.
inline std::size_t in_memory(std::uint64_t bytes, std::string_view what) {
  if (bytes > static_cast<std::uint64_t>(PTRDIFF_MAX)) {
    unsupported(what, std::to_string(bytes) + " bytes are more than this program's memory can have");
  }
  return static_cast<std::size_t>(bytes);
}

// Widths in bytes of addresses ("size of offsets") and of lengths: 2, 4 or 8.
struct Widths {
  unsigned offset = 8;
  unsigned length = 8;
};

class Cursor {
 public:
  Cursor(ByteView bytes, std::string_view what, Widths widths = {}) : bytes_(bytes), what_(what), widths_(widths) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  std::string_view what() const { return what_; }
  Widths widths() const { return widths_; }

  ByteView bytes(std::uint64_t count) {
    if (count > remaining()) {
      corrupt(what_, "needs " + std::to_string(count) + " bytes at " + std::to_string(position_) + ", has " +
                         std::to_string(bytes_.size()));
    }
    const ByteView run = bytes_.subspan(position_, count);
    position_ += count;
    return run;
  }
  void skip(std::uint64_t count) { bytes(count); }
  ByteView rest() { return bytes(remaining()); }
  // To the next multiple of `unit` from the start; short padding at the very end is forgiven.
  void align(std::size_t unit) {
    const std::size_t padding = (unit - position_ % unit) % unit;
    skip(padding < remaining() ? padding : remaining());
  }

  std::uint64_t number(unsigned width) {
    const ByteView run = bytes(width);
    std::uint64_t value = 0;
    for (unsigned i = width; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(run[i]);
    return value;
  }
  std::uint8_t u8() { return load_le<std::uint8_t>(bytes(1).data()); }
  std::uint16_t u16() { return load_le<std::uint16_t>(bytes(2).data()); }
  std::uint32_t u32() { return load_le<std::uint32_t>(bytes(4).data()); }
  std::uint64_t u64() { return load_le<std::uint64_t>(bytes(8).data()); }
  std::uint64_t length() { return number(widths_.length); }
  std::uint64_t address() {
    const std::uint64_t value = number(widths_.offset);
    return widths_.offset < 8 && value == (std::uint64_t{1} << (8 * widths_.offset)) - 1 ? kUndefined : value;
  }

  // A NUL-terminated text, without its NUL.
  std::string_view text() {
    const std::string_view rest_text = as_text(bytes_.subspan(position_));
    const std::size_t end = rest_text.find('\0');
    if (end == std::string_view::npos) corrupt(what_, "a text without an end at " + std::to_string(position_));
    position_ += end + 1;
    return rest_text.substr(0, end);
  }
  void expect(std::string_view signature) {
    const std::string_view found = as_text(bytes(signature.size()));
    if (found != signature) {
      std::string shown;
      for (const char c : found) shown += c >= 32 && c < 127 ? c : '?';
      corrupt(what_, "expected \"" + std::string(signature) + "\", found \"" + shown + "\"");
    }
  }

 private:
  ByteView bytes_;
  std::string_view what_;
  Widths widths_;
  std::size_t position_ = 0;
};

}  // namespace chunkmark::hdf5
