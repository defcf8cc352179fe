#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

#include "storage/array/chunk_view.h"
#include "storage/zarr/document.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::zarr {
namespace {

using Kind = ElementType::Kind;

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(byte));
    text += c == '\\' ? "\\\\" : byte >= 0x20 && byte < 0x7f ? std::string(1, c) : hex;
  }
  return text;
}

// How many of a unit are a second, or how many seconds one is.
struct Unit {
  std::string_view name;
  std::int64_t per_second, seconds;
  int digits;
};
constexpr std::array kUnits{Unit{"D", 0, 86400, 0},
                            Unit{"h", 0, 3600, 0},
                            Unit{"m", 0, 60, 0},
                            Unit{"s", 1, 1, 0},
                            Unit{"ms", 1000, 0, 3},
                            Unit{"us", 1'000'000, 0, 6},
                            Unit{"ns", 1'000'000'000, 0, 9}};

std::optional<std::string> iso_text(const ElementType& type, std::int64_t count) {
  const auto* unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& each) { return each.name == type.unit; });
  std::int64_t ticks = 0, seconds = 0, fraction = 0;
  if (unit == kUnits.end() || __builtin_mul_overflow(count, std::int64_t{type.scale}, &ticks)) return std::nullopt;
  if (unit->per_second > 0) {
    seconds = ticks / unit->per_second - (ticks % unit->per_second < 0 ? 1 : 0);
    fraction = ticks - seconds * unit->per_second;
  } else if (__builtin_mul_overflow(ticks, unit->seconds, &seconds)) {
    return std::nullopt;
  }
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  constexpr std::chrono::days kMost{3'000'000};  // within what years are counted in
  if (day.time_since_epoch() > kMost || day.time_since_epoch() < -kMost) return std::nullopt;
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  int n = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (type.unit != "D") {
    n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "T%02d:%02d:%02d",
                       static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                       static_cast<int>(clock.seconds().count()));
  }
  if (unit->digits > 0) {
    std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), ".%0*lld", unit->digits,
                  static_cast<long long>(fraction));
  }
  return text;
}

json::value time_json(const ElementType& type, ByteView element) {
  const auto count = load_le<std::int64_t>(element.data());
  if (count == std::numeric_limits<std::int64_t>::min()) return "NaT";
  if (type.kind == Kind::kTimedelta) return count;
  const std::optional<std::string> text = iso_text(type, count);
  return text ? json::value(*text) : json::value(count);
}

json::value struct_json(const ElementType& type, ByteView element) {
  json::array values;
  std::size_t at = 0;
  for (const ElementType::Field& field : type.fields) {
    const ByteView bytes = element.subspan(at, field.type.dtype.item_bytes);
    array::Element part(bytes.begin(), bytes.end());
    if (field.type.big_endian) array::swap_words(part, field.type.dtype.word_bytes());
    values.push_back(element_json(field.type, part));
    at += part.size();
  }
  return values;
}

}  // namespace

json::value element_json(const ElementType& type, ByteView element) {
  switch (type.kind) {
    case Kind::kStruct:
      return struct_json(type, element);
    case Kind::kDatetime:
    case Kind::kTimedelta:
      return time_json(type, element);
    case Kind::kBytes: {
      std::string_view text = as_text(element);
      while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
      return json::value(escaped(text));
    }
    case Kind::kRaw:
    case Kind::kVariableBytes:
      return json::value(escaped(as_text(element)));
    default:
      return fill_json_v2(type, array::Element(element.begin(), element.end()));
  }
}

}  // namespace chunkmark::zarr
