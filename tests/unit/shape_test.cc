// Sizes that are checked before anything trusts them.
#include "storage/array/shape.h"

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::array {
namespace {

TEST_CASE("elements are counted up to what a file offset can say") {
  struct Row {
    const char* name;
    Shape shape;
    std::size_t item;
    std::uint64_t elements;
  };
  constexpr std::uint64_t kTwo31 = std::uint64_t{1} << 31;
  const Row rows[] = {
      {"no dimensions", {}, 16, 1},
      {"one", {7}, 4, 7},
      {"product", {2, 3, 5}, 8, 30},
      {"empty", {0}, 4, 0},
      {"empty, first", {0, 5}, 4, 0},
      {"empty, last", {5, 0}, 4, 0},
      {"as many bytes as can be", {kMaxBytes}, 1, kMaxBytes},
      {"as many bytes as can be, in two dimensions", {kTwo31, kTwo31}, 1, kMaxBytes},
      {"as many bytes as can be, 16 each", {kMaxBytes / 16}, 16, kMaxBytes / 16},
      {"as many dimensions as can be", Shape(kMaxRank, 1), 1, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(checked_element_count(row.shape, row.item, "a") == row.elements);
  }
}

TEST_CASE("larger shapes are refused by name, also beside a zero") {
  struct Row {
    Shape shape;
    std::size_t item;
    const char* message;
  };
  constexpr std::uint64_t kTwo32 = std::uint64_t{1} << 32;
  const Row rows[] = {
      {{kMaxBytes + 1}, 1, "a: expected at most 2^62 bytes, found shape (4611686018427387905) of 1-byte elements"},
      {{kMaxBytes / 16 + 1},
       16,
       "a: expected at most 2^62 bytes, found shape (288230376151711745) of 16-byte elements"},
      {{kTwo32, kTwo32}, 1, "a: expected at most 2^62 bytes, found shape (4294967296, 4294967296) of 1-byte elements"},
      {{~std::uint64_t{0}}, 1, "a: expected at most 2^62 bytes, found shape (18446744073709551615) of 1-byte elements"},
      {{0, kTwo32, kTwo32},
       1,
       "a: expected at most 2^62 bytes, found shape (0, 4294967296, 4294967296) of 1-byte elements"},
      {Shape(kMaxRank + 1, 1), 1, "a: expected at most 32 dimensions, found 33"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.message);
    CHECK_THROWS_WITH(checked_element_count(row.shape, row.item, "a"), row.message);
  }
}

TEST_CASE("a region lies inside, or is refused") {
  struct Row {
    const char* name;
    Region region;
    bool inside;
  };
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  const Row rows[] = {
      {"all", {{0, 0}, {3, 4}}, true},
      {"one", {{2, 3}, {1, 1}}, true},
      {"nothing, at the end", {{3, 4}, {0, 0}}, true},
      {"one more", {{0, 0}, {3, 5}}, false},
      {"over the edge", {{1, 0}, {3, 4}}, false},
      {"nothing, beyond the end", {{4, 0}, {0, 0}}, false},
      {"a sum that overflows", {{2, 0}, {kHuge - 1, 1}}, false},
      {"a start that overflows", {{kHuge, 0}, {1, 1}}, false},
      {"another rank", {{0}, {3}}, false},
      {"two ranks", {{0, 0}, {3}}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    if (row.inside) {
      CHECK_NOTHROW(check_region(row.region, {3, 4}, "a"));
    } else {
      CHECK_THROWS_AS(check_region(row.region, {3, 4}, "a"), Error);
    }
  }
  CHECK_NOTHROW(check_region(whole({}), {}, "a"));
  CHECK_THROWS_WITH(check_region({{1}, {3}}, {3}, "a"), "a: expected a region inside (3), found (3) at (1)");
}

}  // namespace
}  // namespace chunkmark::array
