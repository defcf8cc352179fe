// What a trimmed capture keeps: every figure between the marks, whatever the program did before and after.
#include "instrument/capture/trim.h"

#include <map>
#include <random>

#include "base/error.h"
#include "instrument/capture/capture_writer.h"
#include "instrument/profile/capture_analysis.h"
#include "unit/catch.h"

namespace chunkmark::capture {
namespace {

using Bytes = std::vector<std::byte>;

CaptureWriter::Append into(Bytes& file) {
  return [&file](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); };
}

Bytes trimmed(const Bytes& file) {
  Bytes small;
  write_trimmed([&] { return open({file, "x"}); }, into(small));
  return small;
}

// A program of two threads that allocates, frees, moves and copies at random, with a child that sets no mark.
Bytes random_capture(unsigned seed, bool marks = true, bool whole = true) {
  std::mt19937 random(seed);
  Bytes file;
  CaptureWriter writer(into(file), {{"array_bytes", 1 << 20}});
  writer.add_process(0, 100, 0, "parent");
  writer.add_process(1, 101, 1, "child");
  std::vector<std::uint32_t> nodes{0};
  const std::uint32_t module = writer.add_module("/lib/x.so");
  for (unsigned i = 0; i < 40; ++i) {
    nodes.push_back(writer.add_node(nodes[random() % nodes.size()], writer.add_native_frame(module, i)));
  }
  std::map<std::uint64_t, std::uint64_t> alive;  // bytes by address
  std::uint64_t time = 0, next = 1 << 20;
  const auto event = [&](EventKind kind, std::uint64_t address, std::uint64_t bytes) {
    writer.add_event(0, {kind, static_cast<std::uint32_t>(random() % 2), nodes[random() % nodes.size()], ++time,
                         address, bytes, kind == EventKind::kCopy ? address + 1 : 0});
  };
  const auto any = [&] { return std::next(alive.begin(), static_cast<std::ptrdiff_t>(random() % alive.size())); };
  const auto run = [&](unsigned steps) {
    for (unsigned i = 0; i < steps; ++i) {
      const std::uint64_t bytes = random() % 20 == 0 ? 1 << (18 + random() % 4) : random() % 5000;
      switch (random() % 6) {
        case 0:
        case 1:
          event(EventKind::kAllocate, next += 1 << 22, bytes);
          alive[next] = bytes;
          break;
        case 2:
          if (alive.empty()) break;
          event(EventKind::kFree, any()->first, 0);
          alive.erase(any());
          break;
        case 3: {
          if (alive.empty()) break;
          const auto old = any();
          const bool fails = random() % 4 == 0;
          const auto thread = static_cast<std::uint32_t>(random() % 2);
          writer.add_event(0, {EventKind::kReallocFree, thread, 0, ++time, old->first, 0});
          writer.add_event(0,
                           {EventKind::kReallocAllocate, thread, nodes[3], ++time, fails ? 0 : next += 1 << 22, bytes});
          if (fails) break;
          alive.erase(old);
          alive[next] = bytes;
          break;
        }
        case 4:
          event(EventKind::kCopy, next, 4096 + bytes);
          break;
        case 5:
          event(random() % 2 == 0 ? EventKind::kMap : EventKind::kTransferIn, next += 1 << 22, 8192 + bytes);
          break;
      }
      if (i % 7 == 0) writer.add_sample(0, {time, 1000 * (1 + random() % 1000), 4096});
      if (i % 50 == 0) writer.add_event(1, {EventKind::kAllocate, 0, 0, time, next += 1 << 22, 100});
    }
  };
  run(500);
  if (marks) writer.add_mark(0, {"begin", 0, ++time, 3, 300});
  run(300);
  if (marks) writer.add_mark(0, {"end", 0, ++time, 8, 900});
  run(500);
  if (whole) {
    writer.finish({{"duration_ns", time + 10}, {"notes", json::array{"told before"}}});
  } else {
    writer.flush();
  }
  return file;
}

TEST_CASE("a trimmed capture has the figures that the whole one has between its marks") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const Bytes file = random_capture(seed), small = trimmed(file);
    CHECK(small.size() < file.size());
    const profile::CaptureAnalysis before({file, "x"}), after({small, "x"});
    REQUIRE(after.reader().complete());
    CHECK(after.array_bytes() == 1 << 20);
    CHECK(after.duration_ns() == before.duration_ns());
    CHECK(after.main_process() == 0);
    const profile::Totals& was = before.main().totals();
    const profile::Totals& is = after.main().totals();
    CHECK(is.peak_heap_bytes == was.peak_heap_bytes);
    CHECK(is.peak_time_ns == was.peak_time_ns);
    CHECK(is.heap_at_begin_bytes == was.heap_at_begin_bytes);
    CHECK(is.allocations == was.allocations);
    CHECK(is.live_at_end_bytes == was.live_at_end_bytes);
    CHECK(is.bytes_copied == was.bytes_copied);
    CHECK(is.copies == was.copies);
    CHECK(is.bytes_realloc_moved == was.bytes_realloc_moved);
    CHECK(is.bytes_in == was.bytes_in);
    CHECK(is.anonymous_peak_bytes == was.anonymous_peak_bytes);
    CHECK(is.mapped_peak_bytes == was.mapped_peak_bytes);
    const auto notes = after.notes();
    REQUIRE(notes.size() == 2);
    CHECK(notes[0] == "told before");
    CHECK(notes[1].starts_with("trimmed: "));
  }
}

TEST_CASE("a capture without marks, or one that is cut, is not trimmed") {
  CHECK_THROWS_WITH(trimmed(random_capture(1, false)), "expected a capture with the mark \"begin\", found none");
  CHECK_THROWS_AS(trimmed(random_capture(1, true, false)), Error);
}

}  // namespace
}  // namespace chunkmark::capture
