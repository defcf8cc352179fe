#include "instrument/import/valgrind_frame.h"

#include <charconv>

namespace chunkmark::imports {

std::optional<std::uint32_t> valgrind_frame(StackBuilder& builder, std::string_view text) {
  std::uint64_t address = 0;
  if (text.starts_with("0x")) {
    std::from_chars(text.data() + 2, text.data() + text.size(), address, 16);
    const std::size_t colon = text.find(": ");
    text = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 2);
  }
  std::string_view place;
  if (const std::size_t open = text.rfind(" ("); open != std::string_view::npos && text.ends_with(')')) {
    place = text.substr(open + 2, text.size() - open - 3);
    text = text.substr(0, open);
  }
  if (place == "vg_replace_malloc.c" || place.starts_with("vg_replace_malloc.c:") ||
      place.find("vgpreload_") != std::string_view::npos) {
    return std::nullopt;
  }
  const bool unknown = text.empty() || text == "???";
  if (place.starts_with("in ")) {
    const std::uint32_t module = builder.module(place.substr(3));
    if (unknown) return builder.address_frame(module, address);
    return builder.named_frame(capture::FrameKind::kNative, {builder.text(text), 0, 0}, module);
  }
  if (unknown) return builder.address_frame(0, address);
  std::uint32_t line = 0;
  if (const std::size_t colon = place.rfind(':'); colon != std::string_view::npos) {
    std::from_chars(place.data() + colon + 1, place.data() + place.size(), line);
    place = place.substr(0, colon);
  }
  return builder.named_frame(capture::FrameKind::kNative, {builder.text(text), builder.text(place), line});
}

}  // namespace chunkmark::imports
