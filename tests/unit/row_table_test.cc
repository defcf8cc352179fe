// Rows of columns in bounded memory: as they came while they are few, merged on a grid of instants when they are many.
#include "instrument/profile/row_table.h"

#include <map>
#include <random>

#include "unit/catch.h"

namespace chunkmark::profile {

bool operator==(const Row& a, const Row& b) {
  return a.t0 == b.t0 && a.t1 == b.t1 && a.stack == b.stack && a.blocks == b.blocks && a.bytes == b.bytes &&
         a.thread == b.thread;
}

namespace {

// Instants 0, 250, 500, 750, 1000 and 333.
CoarseGrid grid() {
  return CoarseGrid({333}, 1000, 4);
}

std::vector<Row> taken(const std::vector<Row>& rows, std::size_t enough) {
  RowTable table(grid, enough);
  for (const Row& row : rows) table.add(row);
  return table.take();
}

TEST_CASE("the first instant at or after a time") {
  struct At {
    std::uint32_t t, instant;
  };
  for (const At& at : {At{0, 0}, At{1, 250}, At{250, 250}, At{251, 333}, At{333, 333}, At{334, 500}, At{999, 1000},
                       At{1000, 1000}, At{1001, 1001}, At{kAlive, kAlive}}) {
    CAPTURE(at.t);
    CHECK(grid().at_or_after(at.t) == at.instant);
  }
  const CoarseGrid one({}, 0, 1);
  CHECK(one.at_or_after(0) == 0);
  const CoarseGrid widest({}, kAlive - 1, 3);  // no product overflows
  CHECK(widest.at_or_after(kAlive - 1) == kAlive - 1);
  CHECK(widest.at_or_after(1) == (kAlive - 1) / 3);
}

TEST_CASE("few rows stay as they are, sorted by their begin") {
  const std::vector<Row> rows = {{9, 12, 1, 1, 5, 0}, {3, kAlive, 2, 4, 6, 1}, {3, 7, 2, 1, 8, 0}};
  CHECK((taken(rows, 3) == std::vector<Row>{rows[2], rows[1], rows[0]}));
  CHECK(taken({}, 3).empty());
  CHECK(taken({}, 0).empty());
}

TEST_CASE("one row too many, and those that agree on the grid become one") {
  const std::vector<Row> rows = {
      {9, 300, 1, 1, 5, 0},      {100, 310, 1, 2, 6, 0},     // the same instants: 250 and 333
      {100, 310, 2, 1, 7, 0},    {100, 310, 1, 1, 8, 1},     // another stack, another thread
      {100, kAlive, 1, 1, 9, 0}, {101, kAlive, 1, 1, 1, 0},  // never freed
      {260, 300, 1, 1, 100, 0},                              // within one step: of no length now
  };
  const std::vector<Row> expected = {
      {250, 333, 1, 3, 11, 0},    {250, 333, 1, 1, 8, 1},   {250, 333, 2, 1, 7, 0},
      {250, kAlive, 1, 2, 10, 0}, {333, 333, 1, 1, 100, 0},
  };
  CHECK((taken(rows, 6) == expected));
  CHECK((taken(rows, 0) == expected));
  CHECK(taken(rows, 7).size() == 7);
}

TEST_CASE("merged or not, what is alive at an instant of the grid is the same, and nothing is lost") {
  std::mt19937 random(9);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<Row> rows;
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t t0 = below(1001);
    const std::uint32_t t1 = below(5) == 0 ? kAlive : t0 + below(1001 - t0);
    rows.push_back({t0, t1, below(4), 1 + below(3), below(1000), static_cast<std::uint16_t>(below(3))});
  }
  const std::vector<Row> few = taken(rows, 100), all = taken(rows, 5000);
  CHECK(few.size() < all.size() / 3);
  const auto alive = [](const std::vector<Row>& of, std::uint32_t at) {
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::pair<std::uint64_t, std::uint64_t>> sums;
    for (const Row& row : of) {
      if (row.t0 > at || row.t1 <= at) continue;
      auto& [bytes, blocks] = sums[{row.stack, row.thread}];
      bytes += row.bytes;
      blocks += row.blocks;
    }
    return sums;
  };
  for (const std::uint32_t instant : {0u, 250u, 333u, 500u, 750u, 1000u})
    CHECK(alive(few, instant) == alive(all, instant));
  std::uint64_t few_bytes = 0, all_bytes = 0;
  for (const Row& row : few) few_bytes += row.bytes;
  for (const Row& row : all) all_bytes += row.bytes;
  CHECK(few_bytes == all_bytes);
  CHECK(std::is_sorted(few.begin(), few.end(), [](const Row& a, const Row& b) { return a.t0 < b.t0; }));
}

// The heap's peak so far and what is settled are all that is known on the way.
TEST_CASE("a grid that comes to be known while rows come merges them as if it had been known before the first") {
  std::mt19937 random(10);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int run = 0; run < 50; ++run) {
    CAPTURE(run);
    std::vector<Row> rows;
    for (std::uint32_t now = 0; now < 1000; ++now) {
      const std::uint32_t late = now - std::min(now, below(10));  // not in the order of time
      for (std::uint32_t n = below(4); n > 0; --n) rows.push_back({below(late + 1), late, below(2), 1, below(100), 0});
    }
    std::uint32_t peak = 0, newest = 0;
    bool complete = false;
    RowTable table([&] { return CoarseGrid({peak}, 1000, 4, complete ? kAlive - 1 : newest - std::min(newest, 10u)); },
                   20);
    for (const Row& row : rows) {
      newest = std::max(newest, row.t1);
      if (below(50) == 0) peak = newest;  // higher than all before
      table.add(row);
    }
    complete = true;
    RowTable all_known([&] { return CoarseGrid({peak}, 1000, 4); }, 20);
    for (const Row& row : rows) all_known.add(row);
    const std::vector<Row> found = table.take();
    CHECK((found == all_known.take()));
    CHECK(found.size() < rows.size() / 10);
  }
}

TEST_CASE("the last instant before a time") {
  for (const auto& [t, instant] :
       {std::pair(1u, 0u), {250u, 0u}, {251u, 250u}, {334u, 333u}, {1000u, 750u}, {2000u, 1000u}})
    CHECK(grid().before(t) == instant);
  CHECK(CoarseGrid({}, 0, 1).before(5) == 0);
}

// Rows that begin and end within a step become one as they come: so the table holds few, and says the same at its end.
TEST_CASE("rows in the order of their ends, while the peak moves, merge as others do") {
  std::mt19937 random(11);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int run = 0; run < 50; ++run) {
    CAPTURE(run);
    std::uint32_t peak = 0, newest = 0;
    bool complete = false;
    std::size_t merges = 0;
    RowTable table(
        [&] {
          ++merges;
          return CoarseGrid({peak}, 100'000, 4, complete ? kAlive - 1 : newest);
        },
        100);
    std::vector<Row> rows;
    std::size_t batches = 0;
    while (newest < 100'000) {
      const std::uint32_t end = std::min(newest + below(2000), 100'000u);
      // As in a batch that was looked at before: the newest peak lies within it, or it has none.
      if (below(3) == 0 && end > newest) peak = newest + below(end - newest);
      table.in_order();
      ++batches;
      for (std::uint32_t now = newest; now <= end; now += 1 + below(20)) {
        const std::uint32_t t0 = below(4) == 0 ? below(now + 1) : now - std::min(now, below(5));
        rows.push_back({t0, now, below(3), 1, below(100), static_cast<std::uint16_t>(below(10) == 0)});
        newest = now;
        table.add(rows.back());
      }
      newest = end;
    }
    complete = true;
    CHECK(merges - batches < rows.size() / 100);
    RowTable all_known([&] { return CoarseGrid({peak}, 100'000, 4); }, 100);
    for (const Row& row : rows) all_known.add(row);
    CHECK((table.take() == all_known.take()));
  }
}

}  // namespace
}  // namespace chunkmark::profile
