// What makes a cell zero: the contract's bounds, each at its edge. Source: README, "How to read the figures".
#include "study/copy_result.h"

#include <limits>

#include "unit/catch.h"

namespace chunkmark::study {
namespace {

constexpr std::optional<bool> kUnknown = std::nullopt;

// A result whose every figure is within the bounds.
CopyResult zero_result(const char* codec) {
  CopyResult result;
  result.copy_case.codec = codec;
  result.figures.array_bytes = 100'000'000;
  result.figures.array_seen = true;
  result.slope = 0.0;
  return result;
}

TEST_CASE("a cell is zero by the slope of its heap: less than 0.01 byte per byte") {
  struct Row {
    std::optional<double> slope;
    std::optional<bool> zero;
  };
  constexpr double kBound = 0.01;
  const Row rows[] = {
      {0.0, true},
      {-0.5, true},  // an engine that needs less for more
      {std::nextafter(kBound, 0), true},
      {kBound, false},
      {std::nextafter(kBound, 1), false},
      {1.0, false},
      {std::numeric_limits<double>::quiet_NaN(), false},
      {std::nullopt, kUnknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.slope.value_or(99));
    for (const char* codec : {"none", "blosc"}) {
      CopyResult result = zero_result(codec);
      result.slope = row.slope;
      CHECK(result.zero() == row.zero);
    }
  }
}

TEST_CASE("a cell is zero by its figures, which can speak against it without a slope, but not for it") {
  struct Row {
    const char* name;
    const char* codec;
    std::uint64_t copies, file_growth;
    double moved;
    bool within;
  };
  const Row rows[] = {
      {"nothing", "none", 0, 0, 0, true},
      {"one copy", "none", 1, 0, 0, false},
      {"one copy, compressed", "zstd", 1, 0, 0, false},
      {"files grow by a byte less than 8 MB", "none", 0, 7'999'999, 0, true},
      {"files grow by 8 MB", "none", 0, 8'000'000, 0, false},
      {"files grow by 8 MB, compressed", "gzip", 0, 8'000'000, 0, false},
      {"0.01 moved", "none", 0, 0, 0.01, true},
      {"more than 0.01 moved", "none", 0, 0, std::nextafter(0.01, 1), false},
      {"all moved", "none", 0, 0, 1, false},
      {"much moved, compressed by blosc", "blosc", 0, 0, 2.9, true},
      {"much moved, compressed by zstd", "zstd", 0, 0, 2.9, true},
      {"much moved, compressed by gzip", "gzip", 0, 0, 2.9, true},
      {"only what the kernel moves", "none", 0, 0, 0, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CopyResult result = zero_result(row.codec);
    result.figures.extra_copies = row.copies;
    result.figures.file_growth_bytes = row.file_growth;
    result.figures.moved_user = row.moved;
    result.figures.moved_in = result.figures.moved_out = 1;  // shown, not counted
    CHECK(result.zero() == row.within);
    result.slope.reset();
    CHECK(result.zero() == (row.within ? kUnknown : std::optional(false)));
  }
}

TEST_CASE("of an operation whose array was never seen nothing good can be said") {
  CopyResult result = zero_result("none");
  result.figures.array_seen = false;
  CHECK(result.zero() == kUnknown);
  result.figures.file_growth_bytes = 100'000'000;  // a mapped file
  CHECK(result.zero() == std::optional(false));
}

TEST_CASE("the record says true, false or null") {
  struct Row {
    std::optional<double> slope;
    std::uint64_t copies;
    json::value zero, told_slope;
  };
  for (const Row& row : {Row{0.001, 0, true, 0.001}, Row{0.5, 0, false, 0.5}, Row{std::nullopt, 0, nullptr, nullptr},
                         Row{std::nullopt, 2, false, nullptr}}) {
    CopyResult result = zero_result("none");
    result.slope = row.slope;
    result.figures.extra_copies = row.copies;
    const json::object record = to_json(result);
    CHECK(record.at("zero") == row.zero);
    CHECK(record.at("slope") == row.told_slope);
    CHECK(record.at("extra_copies").to_number<std::uint64_t>() == row.copies);
  }
}

TEST_CASE("a record without timings has no seconds, and with them the middle and the ends") {
  CopyResult result = zero_result("none");
  CHECK(to_json(result).at("seconds").is_null());
  result.seconds = {0.5, 0.25, 4};
  result.processor = {2, 1, 3};
  const json::object seconds = to_json(result).at("seconds").as_object();
  CHECK(seconds.at("median") == 0.5);
  CHECK(seconds.at("min") == 0.25);
  CHECK(seconds.at("max") == 4.0);
  CHECK(seconds.at("processor") == 2.0);
  CHECK(seconds.at("repeat").to_number<int>() == 3);
}

TEST_CASE("the median is the middle one, or the mean of the two in the middle") {
  struct Row {
    std::vector<double> values;
    double median;
  };
  for (const Row& row : {Row{{}, 0}, Row{{3}, 3}, Row{{5, 1}, 3}, Row{{9, 1, 2}, 2}, Row{{4, 1, 3, 2}, 2.5}}) {
    CHECK(median(row.values) == row.median);
  }
}

}  // namespace
}  // namespace chunkmark::study
