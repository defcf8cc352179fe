// How the serial form of a chunk is cut into rows.
#include "storage/array/chunk_rows.h"

#include "unit/catch.h"
#include "unit/chunk_fixture.h"

namespace chunkmark::array {
namespace {

TEST_CASE("the longest rows that are one run of memory") {
  struct Row {
    const char* name;
    Shape chunk;
    Region view;
    Strides strides;
    std::uint64_t row_bytes, run_begin, run_end;
  };
  const Row rows[] = {
      {"dense", {3, 4}, whole({3, 4}), {16, 4}, 48, 0, 48},
      {"no dimensions", {}, whole({}), {}, 4, 0, 4},
      {"Fortran order", {3, 4}, whole({3, 4}), {4, 12}, 4, 0, 4},
      {"a gap behind each row", {3, 4}, whole({3, 4}), {20, 4}, 16, 0, 16},
      {"every other element", {4}, whole({4}), {8}, 4, 0, 4},
      {"backwards", {4}, whole({4}), {-4}, 4, 0, 4},
      {"rows backwards", {3, 4}, whole({3, 4}), {-16, 4}, 16, 0, 16},
      {"the first rows", {3, 4}, {{0, 0}, {2, 4}}, {16, 4}, 48, 0, 32},
      {"the last rows", {3, 4}, {{1, 0}, {2, 4}}, {16, 4}, 48, 16, 48},
      {"the first columns", {3, 4}, {{0, 0}, {3, 2}}, {8, 4}, 16, 0, 8},
      {"the middle columns", {3, 4}, {{0, 1}, {3, 2}}, {8, 4}, 16, 4, 12},
      {"one row, whatever its stride", {1, 4}, whole({1, 4}), {777, 4}, 16, 0, 16},
      {"one column, whatever its stride", {4, 1}, whole({4, 1}), {4, 777}, 16, 0, 16},
      {"nothing of the columns", {3, 4}, {{0, 2}, {3, 0}}, {0, 4}, 16, 8, 8},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const ChunkRows layout(row.chunk, row.view, row.strides, 4);
    CHECK(layout.row_bytes() == row.row_bytes);
    CHECK(layout.run_begin() == row.run_begin);
    CHECK(layout.run_end() == row.run_end);
    CHECK(layout.bytes() == checked_element_count(row.chunk, 4, "chunk") * 4);
  }
}

TEST_CASE("the bounds of what a view covers") {
  struct Row {
    const char* name;
    Shape chunk;
    Region view;
    std::uint64_t begin, end;
  };
  const Row rows[] = {
      {"all", {3, 4}, whole({3, 4}), 0, 48},
      {"one element", {3, 4}, {{1, 2}, {1, 1}}, 24, 28},
      {"columns", {3, 4}, {{0, 1}, {3, 2}}, 4, 44},
      {"no dimensions", {}, whole({}), 0, 4},
      {"a byte far out", {kMaxBytes / 4}, {{kMaxBytes / 4 - 1}, {1}}, kMaxBytes - 4, kMaxBytes},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const ChunkRows layout(row.chunk, row.view, c_order_strides(row.view.shape, 4), 4);
    CHECK(layout.covered_begin() == row.begin);
    CHECK(layout.covered_end() == row.end);
  }
  for (const Region& nothing : {Region{{1, 2}, {0, 2}}, Region{{1, 2}, {2, 0}}, Region{{3, 4}, {0, 0}}}) {
    const ChunkRows layout({3, 4}, nothing, {16, 4}, 4);
    CHECK(layout.covered_begin() == layout.covered_end());
  }
}

// Where byte `at` of a row lies, from the view's data on.
std::optional<std::int64_t> place_of(const ChunkRows& layout, const ChunkRows::Cursor& cursor, std::uint64_t at) {
  if (!cursor.in_view() || at < layout.run_begin() || at >= layout.run_end()) return std::nullopt;
  return cursor.memory_offset() + static_cast<std::int64_t>(at - layout.run_begin());
}

TEST_CASE("the rows of any chunk put every element where it is, walked or sought") {
  Random random(11);
  for (unsigned round = 0; round < 600; ++round) {
    CAPTURE(round);
    const ChunkFixture fixture = random_chunk(random, round);
    const std::size_t item = fixture.dtype.item_bytes;
    const ChunkRows layout(fixture.form.chunk_shape, fixture.in_chunk, fixture.strides, item);
    REQUIRE(layout.bytes() == fixture.places.size() * item);
    REQUIRE(layout.bytes() % layout.row_bytes() == 0);
    const std::uint64_t rows = layout.bytes() / layout.row_bytes();
    ChunkRows::Cursor walked(layout, 0);
    for (std::uint64_t row = 0; row < rows; ++row, walked.advance(1)) {
      const ChunkRows::Cursor sought(layout, row);
      for (std::uint64_t at = 0; at < layout.row_bytes(); at += item) {
        const std::optional<std::int64_t> expected = fixture.places[(row * layout.row_bytes() + at) / item];
        REQUIRE(place_of(layout, sought, at) == expected);
        REQUIRE(place_of(layout, walked, at) == expected);
      }
      REQUIRE((walked.rows_at_stride() > 0) == walked.in_view());
      for (std::uint64_t k = 1; k < walked.rows_at_stride(); ++k) {
        const ChunkRows::Cursor later(layout, row + k);
        REQUIRE(later.in_view());
        REQUIRE(later.memory_offset() == walked.memory_offset() + static_cast<std::int64_t>(k) * walked.stride());
      }
      REQUIRE((walked.rows_outside() > 0) == !walked.in_view());
      REQUIRE(row + walked.rows_outside() <= rows);
      for (std::uint64_t k = 1; k < walked.rows_outside(); ++k)
        REQUIRE_FALSE(ChunkRows::Cursor(layout, row + k).in_view());
    }
  }
}

}  // namespace
}  // namespace chunkmark::array
