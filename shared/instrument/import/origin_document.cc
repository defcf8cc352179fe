#include "instrument/import/origin_document.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace chunkmark::imports {
namespace {

// "2026-11-22T10:00:00Z".
std::string utc_text(std::int64_t ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

constexpr std::int64_t kLastMs = 253'402'300'799'999;  // of the year 9999

}  // namespace

json::object origin_document(const Origin& origin, std::span<const std::string_view> unknown) {
  json::array names;
  for (const std::string_view name : unknown) names.push_back(json::value(name));
  json::object told{{"format", origin.format}, {"version", origin.version}, {"unknown", std::move(names)}};
  if (origin.peak_is_last) told["peak_tie"] = "last";
  json::object document;
  if (!origin.command_line.empty()) document["command_line"] = origin.command_line;
  if (origin.started_ms && *origin.started_ms > 0 && *origin.started_ms <= kLastMs) {
    document["started"] = utc_text(*origin.started_ms);
  }
  document["origin"] = std::move(told);
  return document;
}

}  // namespace chunkmark::imports
