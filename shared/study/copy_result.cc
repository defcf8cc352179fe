#include "study/copy_result.h"

#include <algorithm>

namespace chunkmark::study {
namespace {

// The contract's bounds (architecture.md, section 4).
constexpr double kMaxSlope = 0.01;                          // extra bytes of heap a byte of array
constexpr std::uint64_t kMaxFileResidentBytes = 8'000'000;  // so that a mapped file cannot hide a copy
constexpr double kMaxMovedUncompressed = 0.01;              // with codec none nothing needs to pass through user space

json::value seconds_json(const CopyResult& result) {
  if (result.seconds.empty()) return nullptr;
  const auto [least, most] = std::minmax_element(result.seconds.begin(), result.seconds.end());
  return json::object{{"median", median(result.seconds)},
                      {"min", *least},
                      {"max", *most},
                      {"repeat", result.seconds.size()},
                      {"processor", median(result.processor)}};
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<bool> CopyResult::zero() const {
  const bool moved = copy_case.codec == "none" && figures.moved_user > kMaxMovedUncompressed;
  if (figures.extra_copies > 0 || figures.file_growth_bytes >= kMaxFileResidentBytes || moved) return false;
  if (!slope || !figures.array_seen) return std::nullopt;
  return *slope < kMaxSlope;
}

json::object to_json(const CopyResult& result) {
  json::object object = to_json(result.copy_case);
  const figures::CopyFigures& figures = result.figures;
  object["engine_version"] = result.engine_version;
  object["libraries"] = result.libraries;
  object["array_bytes"] = figures.array_bytes;
  object["stored_bytes"] = result.stored_bytes;
  for (const auto& [name, value] : to_json(figures)) object[name] = value;
  object["resident"] = {{"anonymous_bytes", figures.anonymous_bytes},
                        {"file_bytes", figures.file_bytes},
                        {"file_growth_bytes", figures.file_growth_bytes}};
  object["seconds"] = seconds_json(result);
  object["slope"] = result.slope ? json::value(*result.slope) : json::value(nullptr);
  const std::optional<bool> zero = result.zero();
  object["zero"] = zero ? json::value(*zero) : json::value(nullptr);
  object["store_filesystem"] = result.store_filesystem;
  object["durability"] = result.durability;
  object["threads"] = result.threads;
  object["capture"] = result.capture;
  object["report"] = result.report;
  return object;
}

}  // namespace chunkmark::study
