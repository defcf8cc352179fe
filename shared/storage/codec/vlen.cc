#include "storage/codec/vlen.h"

#include "base/json_members.h"

namespace chunkmark::codec {

std::vector<std::string_view> parse_vlen(ByteView bytes, std::uint64_t expected, const std::string& object) {
  constexpr std::size_t kNumber = sizeof(std::uint32_t);
  const auto take_number = [&](const char* what) {
    if (bytes.size() < kNumber) refuse_corrupt(object, what, std::to_string(bytes.size()) + " bytes at the end");
    const auto number = load_le<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(kNumber);
    return number;
  };
  const std::uint32_t found = take_number("the number of strings");
  if (found != expected) refuse_corrupt(object, std::to_string(expected) + " strings", std::to_string(found));
  // A string takes its size at least, so that this is no more than the object is.
  if (expected > bytes.size() / kNumber) {
    refuse_corrupt(object, std::to_string(expected) + " strings", std::to_string(bytes.size()) + " bytes for them");
  }
  std::vector<std::string_view> items;
  items.reserve(static_cast<std::size_t>(expected));
  for (std::uint64_t i = 0; i < expected; ++i) {
    const std::uint32_t size = take_number("the size of a string");
    if (size > bytes.size()) {
      refuse_corrupt(object, "a string of " + std::to_string(size) + " bytes", std::to_string(bytes.size()));
    }
    items.push_back(as_text(bytes.first(size)));
    bytes = bytes.subspan(size);
  }
  if (!bytes.empty()) refuse_corrupt(object, "nothing behind the strings", std::to_string(bytes.size()) + " bytes");
  return items;
}

std::vector<std::byte> vlen_bytes(const std::vector<std::string_view>& items) {
  std::vector<std::byte> bytes;
  const auto append_number = [&](std::size_t number) {
    bytes.resize(bytes.size() + sizeof(std::uint32_t));
    store_le(bytes.data() + bytes.size() - sizeof(std::uint32_t), static_cast<std::uint32_t>(number));
  };
  append_number(items.size());
  for (const std::string_view item : items) {
    append_number(item.size());
    const ByteView content = as_byte_view(item);
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  return bytes;
}

}  // namespace chunkmark::codec
