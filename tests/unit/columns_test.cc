// Events become columns: when each block lived, and what was moved.
#include "instrument/profile/columns.h"

#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

// Rows of intervals as the tests write them.
struct Lived {
  std::uint32_t t0, t1;
  std::uint64_t bytes;
  std::uint32_t stack = 1;
  std::uint16_t thread = 0;
  bool operator==(const Lived&) const = default;
};

Columns columns_of(const std::vector<capture::Event>& events, std::uint64_t duration_ns = 100) {
  ColumnsBuilder builder(0, duration_ns, {});
  builder.on_events(0, events);
  return builder.take();
}

std::vector<Lived> lived(const Columns& columns) {
  std::vector<Lived> rows;
  const Intervals& in = columns.intervals;
  for (std::size_t i = 0; i < in.rows(); ++i) {
    CHECK(in.blocks[i] == 1);
    rows.push_back({in.t0[i], in.t1[i], in.bytes[i], in.stack[i], in.thread[i]});
  }
  return rows;
}

capture::Event event(capture::EventKind kind, std::uint64_t time, std::uint64_t address, std::uint64_t bytes = 0,
                     std::uint32_t thread = 0) {
  return {kind, thread, 1, time, address, bytes};
}
constexpr auto kAllocate = capture::EventKind::kAllocate, kFree = capture::EventKind::kFree,
               kMap = capture::EventKind::kMap, kUnmap = capture::EventKind::kUnmap,
               kReallocFree = capture::EventKind::kReallocFree, kReallocAllocate = capture::EventKind::kReallocAllocate;

TEST_CASE("how long each block lived") {
  struct Row {
    const char* name;
    std::vector<capture::Event> events;
    std::vector<Lived> lived;
  };
  const Row rows[] = {
      {"freed", {event(kAllocate, 3, 16, 100), event(kFree, 7, 16)}, {{3, 7, 100}}},
      {"never freed", {event(kAllocate, 3, 16, 100)}, {{3, kAlive, 100}}},
      {"freed at once", {event(kAllocate, 3, 16, 100), event(kFree, 3, 16)}, {{3, 3, 100}}},
      {"freed before it was made, by another thread's clock",
       {event(kAllocate, 5, 16, 100), event(kFree, 4, 16, 0, 1)},
       {{5, 5, 100}}},
      {"its address in use again",
       {event(kAllocate, 3, 16, 100), event(kAllocate, 5, 16, 50)},
       {{3, 5, 100}, {5, kAlive, 50}}},
      {"grown",
       {event(kAllocate, 3, 16, 100), event(kReallocFree, 5, 16), event(kReallocAllocate, 6, 32, 150)},
       {{3, 5, 100}, {6, kAlive, 150}}},
      {"not grown: it lives on as one",
       {event(kAllocate, 3, 16, 100), event(kReallocFree, 5, 16), event(kReallocAllocate, 6, 0, 150),
        event(kFree, 9, 16)},
       {{3, 9, 100}}},
      {"taken by realloc, whose result is not seen",
       {event(kAllocate, 3, 16, 100), event(kReallocFree, 5, 16)},
       {{3, 5, 100}}},
      {"two such of one thread",
       {event(kAllocate, 3, 16, 100), event(kAllocate, 4, 32, 50), event(kReallocFree, 5, 16),
        event(kReallocFree, 6, 32), event(kReallocAllocate, 7, 48, 70)},
       {{3, 5, 100}, {4, 6, 50}, {7, kAlive, 70}}},
      {"two threads' reallocs at one time",
       {event(kAllocate, 3, 16, 100), event(kAllocate, 4, 32, 50), event(kReallocFree, 5, 16, 0, 1),
        event(kReallocFree, 6, 32, 0, 2), event(kReallocAllocate, 7, 0, 9, 1), event(kReallocAllocate, 8, 48, 70, 2)},
       {{3, kAlive, 100}, {4, 6, 50}, {8, kAlive, 70, 1, 2}}},
      {"a mapping, unmapped in parts: a row for each part",
       {event(kMap, 3, 0x1000, 0x3000), event(kUnmap, 5, 0x2000, 0x1000), event(kUnmap, 7, 0x1000, 0x1000)},
       {{3, 5, 0x1000}, {3, 7, 0x1000}, {3, kAlive, 0x1000}}},
      {"a free of nothing known", {event(kFree, 3, 16)}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK((lived(columns_of(row.events)) == row.lived));
  }
}

TEST_CASE("copies and transfers, each with its stack and thread, by time") {
  const Columns columns = columns_of({{capture::EventKind::kCopy, 2, 7, 30, 0, 5000},
                                      {capture::EventKind::kTransferIn, 0, 3, 10, 0, 70},
                                      {capture::EventKind::kTransferOut, 1, 4, 5, 0, 80},
                                      {capture::EventKind::kCopy, 0, 6, 20, 0, 6000}});
  CHECK(columns.copies.t == std::vector<std::uint32_t>{20, 30});
  CHECK(columns.copies.bytes == std::vector<std::uint64_t>{6000, 5000});
  CHECK(columns.copies.stack == std::vector<std::uint32_t>{6, 7});
  CHECK(columns.copies.thread == std::vector<std::uint16_t>{0, 2});
  CHECK(columns.copies.calls == std::vector<std::uint32_t>{1, 1});
  CHECK(columns.transfers.t == std::vector<std::uint32_t>{5, 10});
  CHECK(columns.transfers.bytes == std::vector<std::uint64_t>{80, 70});
  CHECK(columns.threads == 3);
  CHECK(columns.intervals.rows() == 0);
}

TEST_CASE("the tick is the shortest power of two in which the run fits, and no time is later than its end can be") {
  struct Row {
    std::uint64_t duration_ns, tick_ns;
    std::uint32_t end_ticks;
  };
  constexpr std::uint64_t kMost = kAlive - 1u;  // 4.29 s in nanoseconds
  for (const Row& row : {Row{0, 1, 0}, Row{1, 1, 1}, Row{kMost - 1, 1, kAlive - 2}, Row{kMost, 2, kMost / 2},
                         Row{10'000'000'000, 4, 2'500'000'000}}) {
    CAPTURE(row.duration_ns);
    const Columns columns = columns_of({}, row.duration_ns);
    CHECK(columns.tick_ns == row.tick_ns);
    CHECK(columns.end_ticks == row.end_ticks);
    CHECK(columns.ticks(row.duration_ns) == row.end_ticks);
    CHECK(columns.ticks(~std::uint64_t{0}) == kMost);  // never the sign of what was not freed
  }
}

TEST_CASE("threads beyond what a column holds share its last number, and other processes are left out") {
  const Columns columns = columns_of({event(kAllocate, 1, 16, 1, 70'000), event(kAllocate, 2, 32, 1, 0xffff)});
  CHECK(columns.threads == 0x10000);
  CHECK(columns.intervals.thread == std::vector<std::uint16_t>{0xffff, 0xffff});
  ColumnsBuilder builder(1, 100, {});
  const capture::Event other = event(kAllocate, 1, 16, 1);
  builder.on_events(0, {&other, 1});
  CHECK(builder.take().intervals.rows() == 0);
}

}  // namespace
}  // namespace chunkmark::profile
