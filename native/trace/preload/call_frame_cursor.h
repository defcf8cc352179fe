// Reads what stands in the call frame tables, one value after the other. Source: see call_frame.h.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

// Pointer encodings (DW_EH_PE_*): a format in the low bits, what it is relative to above.
constexpr unsigned char kOmitted = 0xff, kFormat = 0x0f, kRelation = 0x70, kIndirect = 0x80;
constexpr unsigned char kToPlace = 0x10, kToHeader = 0x30, kTableOfFourBytes = 0x3b;

struct Cursor {
  const unsigned char* at;

  template <typename T>
  T take() {
    T value;
    struct __attribute__((packed)) Unaligned {
      T value;
    };
    value = reinterpret_cast<const Unaligned*>(at)->value;
    at += sizeof value;
    return value;
  }
  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const unsigned char byte = *at++;
      if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
  }
  std::int64_t sleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;;) {
      const unsigned char byte = *at++;
      if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
      shift += 7;
      if ((byte & 0x80) != 0) continue;
      if ((byte & 0x40) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
      return static_cast<std::int64_t>(value);
    }
  }
  // A pointer in one of the encodings. `header`: what some are relative to.
  std::uint64_t pointer(unsigned char encoding, const unsigned char* header = nullptr) {
    if (encoding == kOmitted) return 0;
    const auto place = reinterpret_cast<std::uint64_t>(at);
    std::uint64_t value = 0;
    switch (encoding & kFormat) {
      case 0x1:
        value = uleb();
        break;
      case 0x2:
        value = take<std::uint16_t>();
        break;
      case 0x3:
        value = take<std::uint32_t>();
        break;
      case 0x9:
        value = static_cast<std::uint64_t>(sleb());
        break;
      case 0xa:
        value = static_cast<std::uint64_t>(std::int64_t{take<std::int16_t>()});
        break;
      case 0xb:
        value = static_cast<std::uint64_t>(std::int64_t{take<std::int32_t>()});
        break;
      default:
        value = take<std::uint64_t>();
        break;
    }
    if (value == 0) return 0;
    if ((encoding & kRelation) == kToPlace) value += place;
    if ((encoding & kRelation) == kToHeader) value += reinterpret_cast<std::uint64_t>(header);
    if ((encoding & kIndirect) != 0) value = *reinterpret_cast<const std::uint64_t*>(value);
    return value;
  }
};

}  // namespace chunkmark::trace
