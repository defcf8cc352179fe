// What becomes of the records in a ring: the launcher's side of the tracer, without a tracer.
#include "unit/traced_ring.h"

namespace chunkmark::trace {
namespace {

TEST_CASE("events are read as they were written") {
  TracedRing traced;
  traced.event(EventKind::kAllocate, 0x10, 100)
      .event(EventKind::kTransferOut, 0, 7, 99)
      .event(EventKind::kFree, 0x10, 0);
  CHECK(traced.drain() == traced.written());
  CHECK(traced.drain() == 0);
  CHECK(traced.slot().tail.load() == traced.written());
  CHECK(traced.process().events() == 3);
  const Seen seen = traced.seen();
  REQUIRE(seen.events.size() == 3);
  CHECK(seen.events[0].kind == EventKind::kAllocate);
  CHECK(seen.events[0].address == 0x10);
  CHECK(seen.events[0].bytes == 100);
  CHECK(seen.events[0].thread == 3);
  CHECK(seen.events[1].kind == EventKind::kTransferOut);
  CHECK(seen.events[1].stack == 0);  // number 99 was never told
  CHECK(seen.events[2].kind == EventKind::kFree);
  CHECK(seen.events[0].time_ns <= seen.events[2].time_ns);
}

TEST_CASE("reading stops at a record that is not whole yet, and goes on when it is") {
  TracedRing traced;
  traced.event(EventKind::kAllocate, 0x10, 1);
  RecordHead nothing{};
  traced.raw(nothing, {1, 2, 3});
  traced.drain();
  CHECK(traced.process().events() == 1);
  traced.event(EventKind::kAllocate, 0x20, 2);  // into the place that was reserved
  traced.drain();
  CHECK(traced.process().events() == 2);
}

TEST_CASE("the ring goes round, also within a record, and what was read is zero again") {
  TracedRing traced;
  traced.record(RecordType::kModule, {1, 2, 3}, "12345678");  // of 5 words, so that a record of 4 lies over the end
  constexpr std::uint64_t kEvents = kRingBytes / 32 + 1000;
  std::uint64_t read = 0;
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    traced.event(EventKind::kAllocate, i, i);
    if (i % 50'000 == 0) read += traced.drain();
  }
  read += traced.drain();
  CHECK(read == traced.written());
  CHECK(read > kRingBytes);
  bool zero = true;
  for (const std::byte b : traced.slot().ring) zero = zero && b == std::byte{0};
  CHECK(zero);
  const Seen seen = traced.seen();
  REQUIRE(seen.events.size() == kEvents);
  bool same = true;
  for (std::uint64_t i = 0; i < kEvents; ++i) same = same && seen.events[i].address == i && seen.events[i].bytes == i;
  CHECK(same);
}

TEST_CASE("marks carry the counters, and the counters of all threads are summed") {
  TracedRing traced;
  traced.record(RecordType::kMark, {read_ticks(), 5, 40, 1000, 2000}, "begin");
  traced.record(RecordType::kMark, {read_ticks(), 6, 48, 0, 0}, "");
  traced.drain();
  traced.slot().counters[0].small_copies = 2;
  traced.slot().counters[0].small_copy_bytes = 20;
  traced.slot().counters[kCounterRows - 1].small_copies = 1;
  traced.slot().counters[kCounterRows - 1].small_copy_bytes = 8;
  CHECK(traced.process().counters(7).small_copies == 3);
  CHECK(traced.process().counters(7).small_copy_bytes == 28);
  const Seen seen = traced.seen();
  REQUIRE(seen.marks.size() == 2);
  CHECK(seen.marks[0].name == "begin");
  CHECK(seen.marks[0].small_copy_bytes == 40);
  CHECK(seen.marks[0].anonymous_bytes == 1000);
  CHECK(seen.marks[0].file_bytes == 2000);
  CHECK(seen.marks[1].name.empty());
}

TEST_CASE("stacks: addresses become modules' offsets, and Python's frames take the place of its evaluation loop") {
  struct Row {
    const char* name;
    std::vector<std::uint64_t> native, python;  // innermost first
    std::vector<std::string> text;              // the same
  };
  constexpr std::uint64_t kLoop = 0x2010 | kEvaluationBit;
  const Row rows[] = {
      {"native", {0x1010, 0x1020}, {}, {"x.so+0xf", "x.so+0x1f"}},
      {"in no module", {0x9010}, {}, {"unknown+0x900f"}},
      {"no address", {0, 1, 0x1010}, {}, {"x.so+0xf"}},
      {"f", {0x1010, kLoop, 0x1020}, {2 * 1 + 1}, {"x.so+0xf", "f a.py:11", "x.so+0x1f"}},
      {"f calls g in the same loop", {kLoop}, {2 * 2, 2 * 1 + 1}, {"g a.py:22", "f a.py:11"}},
      {"g entered by itself", {kLoop, 0x1010, kLoop}, {2 * 2 + 1, 2 * 1 + 1}, {"g a.py:22", "x.so+0xf", "f a.py:11"}},
      {"the loop of an interpreter that is not read", {kLoop}, {}, {"python3+0xf"}},
      {"native frames lost", {0x1010}, {2 * 2 + 1, 2 * 1 + 1}, {"g a.py:22", "f a.py:11", "x.so+0xf"}},
      {"a frame that was never told", {kLoop}, {2 * 77 + 1}, {}},
  };
  TracedRing traced;
  traced.module(0x1000, 0x2000, "/opt/x.so").module(0x2000, 0x3000, "/usr/bin/python3");
  traced.python_frame(1, 11, "f").python_frame(2, 22, "g");
  std::uint32_t number = 0;
  for (const Row& row : rows) {
    std::vector<std::uint64_t> words{row.native.size()};
    words.insert(words.end(), row.native.begin(), row.native.end());
    words.insert(words.end(), row.python.begin(), row.python.end());
    traced.record(RecordType::kStack, words, {}, ++number);
    traced.event(EventKind::kAllocate, 16, 1, number);
  }
  traced.drain();
  const Seen seen = traced.seen();
  REQUIRE(seen.events.size() == std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(rows[i].name);
    CHECK(traced.stack(seen.events[i].stack) == rows[i].text);
  }
}

TEST_CASE("a module that goes and another at its place are told apart") {
  TracedRing traced;
  const auto stack = [&](std::uint32_t number) {
    traced.record(RecordType::kStack, {1, 0x1010}, {}, number).event(EventKind::kAllocate, 16, 1, number);
  };
  traced.module(0x1000, 0x2000, "/a.so");
  stack(1);
  traced.module(0x1000, 0x2000, "/b.so");
  stack(2);
  traced.drain();
  const Seen seen = traced.seen();
  CHECK(traced.stack(seen.events.at(0).stack) == std::vector<std::string>{"a.so+0xf"});
  CHECK(traced.stack(seen.events.at(1).stack) == std::vector<std::string>{"b.so+0xf"});
}

TEST_CASE("records that a program has written over are left out, and those behind them are read") {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  TracedRing traced;
  const auto head = [](RecordType type, std::uint32_t words, std::uint32_t kind = 1, std::uint32_t spare = 0) {
    RecordHead made{};
    made.type = static_cast<std::uint32_t>(type);
    made.words = words;
    made.kind = kind;
    made.spare = spare;
    return made;
  };
  for (const RecordType type : {RecordType::kEvent, RecordType::kStack, RecordType::kModule, RecordType::kMark,
                                RecordType::kPythonFrame, static_cast<RecordType>(15)}) {
    for (std::uint32_t words = 1; words <= 8; ++words) {
      for (const std::uint32_t spare : {0u, 7u, 1023u}) {
        for (const std::uint64_t value : {std::uint64_t{0}, kHuge, kHuge >> 1}) {
          if (type == RecordType::kEvent && words >= 4) continue;  // is one
          traced.raw(head(type, words, 1, spare), std::vector<std::uint64_t>(words - 1, value));
        }
      }
    }
  }
  traced.raw(head(RecordType::kEvent, 4, 0), {1, 2, 3}).raw(head(RecordType::kEvent, 4, 63), {1, 2, 3});
  traced.event(EventKind::kAllocate, 0x10, 100);
  CHECK(traced.drain() == traced.written());
  const Seen seen = traced.seen();
  REQUIRE(seen.events.size() == 1);
  CHECK(seen.events[0].bytes == 100);
}

}  // namespace
}  // namespace chunkmark::trace
