// What makes a cell zero: the contract's bounds, each at its edge. Source: README, "How to read the figures".
#include "study/contract.h"

#include <limits>

#include "unit/catch.h"

namespace chunkmark::study {
namespace {

constexpr std::optional<bool> kUnknown = std::nullopt;

// A result whose every figure is within the bounds.
record::CopyRow zero_result(const char* codec) {
  record::CopyRow result;
  result.codec = codec;
  result.figures.array_bytes = 100'000'000;
  result.figures.array_seen = true;
  result.figures.extra_copies = result.figures.file_growth_bytes = 0;
  result.figures.moved_user = 0;
  result.slope = 0.0;
  return result;
}

TEST_CASE("a cell is zero by the slope of its heap: less than 0.01 byte per byte") {
  struct Row {
    std::optional<double> slope;
    std::optional<bool> expected;
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
      record::CopyRow result = zero_result(codec);
      result.slope = row.slope;
      CHECK(zero(result) == row.expected);
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
    record::CopyRow result = zero_result(row.codec);
    result.figures.extra_copies = row.copies;
    result.figures.file_growth_bytes = row.file_growth;
    result.figures.moved_user = row.moved;
    result.figures.moved_in = result.figures.moved_out = 1;  // shown, not counted
    CHECK(zero(result) == row.within);
    result.slope.reset();
    CHECK(zero(result) == (row.within ? kUnknown : std::optional(false)));
  }
}

TEST_CASE("of an operation whose array was never seen nothing good can be said") {
  record::CopyRow result = zero_result("none");
  result.figures.array_seen = false;
  CHECK(zero(result) == kUnknown);
  result.figures.file_growth_bytes = 100'000'000;  // a mapped file
  CHECK(zero(result) == std::optional(false));
}

TEST_CASE("with a figure that is not known nothing good can be said, and what is known can speak against it") {
  for (const int unknown : {0, 1, 2}) {
    CAPTURE(unknown);
    record::CopyRow result = zero_result("none");
    if (unknown == 0) result.figures.extra_copies.reset();
    if (unknown == 1) result.figures.file_growth_bytes.reset();
    if (unknown == 2) result.figures.moved_user.reset();
    CHECK(zero(result) == kUnknown);
    (unknown == 0 ? result.figures.file_growth_bytes : result.figures.extra_copies) = 100'000'000;
    CHECK(zero(result) == std::optional(false));
  }
}

TEST_CASE("a slope is what the heap beside the array grows by between two sizes, per byte of array") {
  struct Row {
    double small_extra, large_extra, slope;  // extra heap in arrays
  };
  for (const Row& row : {Row{1, 1, 1}, Row{0, 0, 0}, Row{0.04, 0.01, 0}, Row{0, 0.75, 1}, Row{2, 2, 2}}) {
    figures::CopyFigures small, large;
    small.array_bytes = 100;
    large.array_bytes = 400;
    small.extra_heap = row.small_extra;
    large.extra_heap = row.large_extra;
    CHECK(slope(small, large) == std::optional(row.slope));
    large.extra_heap.reset();
    CHECK(slope(small, large) == std::nullopt);
  }
}

TEST_CASE("the second size has four times the bytes in as many chunks") {
  struct Row {
    array::Shape shape, chunks, large_shape, large_chunks;
  };
  for (const Row& row : {Row{{5}, {2}, {20}, {8}}, Row{{5, 7}, {5, 3}, {10, 14}, {10, 6}},
                         Row{{2, 3, 4}, {1, 3, 2}, {4, 6, 4}, {2, 6, 2}}}) {
    CopyCase copy_case;
    copy_case.shape = row.shape;
    copy_case.chunk_shape = row.chunks;
    CHECK(four_times(copy_case).shard_shape.empty());
    copy_case.shard_shape = row.chunks;
    const CopyCase large = four_times(copy_case);
    CHECK(large.shape == row.large_shape);
    CHECK(large.chunk_shape == row.large_chunks);
    CHECK(large.shard_shape == row.large_chunks);
    CHECK(large.array_bytes() == 4 * copy_case.array_bytes());
  }
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
