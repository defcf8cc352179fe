#include "native/cli/region_text.h"

#include <charconv>

#include "base/error.h"
#include "native/cli/value_text.h"

namespace chunkmark::cli {
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

array::Region parse_region(const std::string& text, const array::Shape& shape) {
  array::Region region = array::whole(shape);
  std::string_view rest = text;
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return region;
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument,
                "region " + text + ": " + why + " (the shape is " + shape_text(shape) + ")");
  };
  std::size_t axis = 0;
  for (bool more = true; more; ++axis) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    rest = more ? rest.substr(comma + 1) : std::string_view();
    const std::string on_axis = " on axis " + std::to_string(axis);
    if (axis >= shape.size()) refuse("expected at most " + counted(shape.size(), "range") + ", found more");
    const std::size_t colon = part.find(':');
    const std::string_view first = part.substr(0, colon);
    const std::string_view last = colon == std::string_view::npos ? std::string_view() : part.substr(colon + 1);
    const auto bound = [&](std::string_view word, std::uint64_t otherwise) {
      if (word.empty()) return otherwise;
      const auto value = parse_number(word);
      if (!value) refuse("expected START:STOP" + on_axis + ", found \"" + std::string(part) + "\"");
      return *value;
    };
    if (part.empty()) refuse("expected START:STOP" + on_axis + ", found nothing");
    const std::uint64_t start = bound(first, 0);
    if (colon == std::string_view::npos && start >= shape[axis]) {
      refuse("expected an index below " + std::to_string(shape[axis]) + on_axis + ", found " + std::to_string(start));
    }
    const std::uint64_t stop = colon == std::string_view::npos ? start + 1 : bound(last, shape[axis]);
    if (stop > shape[axis]) {
      refuse("expected a stop of at most " + std::to_string(shape[axis]) + on_axis + ", found " + std::to_string(stop));
    }
    if (start > stop) {
      refuse("expected a start of at most " + std::to_string(stop) + on_axis + ", found " + std::to_string(start));
    }
    region.start[axis] = start;
    region.shape[axis] = stop - start;
  }
  return region;
}

}  // namespace chunkmark::cli
