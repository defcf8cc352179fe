// Borrowed runs of bytes, and little-endian numbers in them.
//
// ByteView and MutableByteView never own; whoever holds one must not outlive the owner.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace chunkmark {

using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

static_assert(std::endian::native == std::endian::little, "big-endian hosts need byte swaps in load_le/store_le");

// Reads a little-endian number at p, which need not be aligned.
template <typename T>
requires std::is_arithmetic_v<T> T load_le(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Writes a little-endian number at p, which need not be aligned.
template <typename T>
requires std::is_arithmetic_v<T>
void store_le(std::byte* p, T value) {
  std::memcpy(p, &value, sizeof value);
}

// The same bits as another type. (std::bit_cast, which Emscripten 3.1.6's library lacks.)
template <typename To, typename From>
requires(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>) To
    bit_cast(const From& from) {
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

inline ByteView as_byte_view(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace chunkmark
