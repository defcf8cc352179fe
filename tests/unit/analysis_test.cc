#include "instrument/profile/analysis.h"

#include <map>

#include "instrument/figures/extra_copies.h"
#include "instrument/profile/display_tree.h"
#include "instrument/profile/frame_text.h"
#include "instrument/profile/sites.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

capture::Event allocate(std::uint64_t time, std::uint64_t address, std::uint64_t bytes, std::uint32_t stack = 1) {
  return {capture::EventKind::kAllocate, 0, stack, time, address, bytes};
}
capture::Event release(std::uint64_t time, std::uint64_t address) {
  return {capture::EventKind::kFree, 0, 0, time, address, 0};
}
capture::Mark mark(const char* name, std::uint64_t time, std::uint64_t small_bytes = 0) {
  return {name, 0, time, small_bytes / 8, small_bytes};
}

TEST_CASE("the peak is of the window between begin and end") {
  Analysis analysis;
  analysis.add(allocate(1, 0x10, 500));
  analysis.add(release(2, 0x10));  // a peak before the window
  analysis.add(allocate(3, 0x20, 100));
  analysis.add(mark("begin", 4, 80));
  analysis.add(allocate(5, 0x30, 30, 2));
  analysis.add(release(6, 0x30));
  analysis.add(capture::Event{capture::EventKind::kCopy, 0, 1, 6, 0, 4096});
  analysis.add(mark("end", 7, 200));
  analysis.add(allocate(8, 0x40, 900));  // and one after it
  analysis.finish(1000, 10000);
  CHECK(analysis.totals().peak_heap_bytes == 130);
  CHECK(analysis.totals().peak_time_ns == 5);
  CHECK(analysis.totals().heap_at_begin_bytes == 100);
  CHECK(analysis.totals().live_at_end_bytes == 100);
  CHECK(analysis.totals().allocations == 1);
  CHECK(analysis.totals().bytes_copied == 4096 + 120);
  CHECK(analysis.totals_of(1).peak_bytes == 100);
  CHECK(analysis.totals_of(2).peak_bytes == 30);
}

TEST_CASE("a window too short for a sample has the resident memory of its marks") {
  Analysis analysis;
  analysis.add(capture::ResidentSample{1, 1000, 300});
  capture::Mark begin = mark("begin", 4);
  begin.anonymous_bytes = 1100;
  begin.file_bytes = 400;
  capture::Mark end = mark("end", 7);
  end.anonymous_bytes = 1600;
  end.file_bytes = 350;
  analysis.add(begin);
  analysis.add(end);
  analysis.add(capture::ResidentSample{9, 9000, 9000});
  analysis.finish(0, 0);
  CHECK(analysis.totals().anonymous_peak_bytes == 1600);
  CHECK(analysis.totals().file_peak_bytes == 400);
  CHECK(analysis.totals().file_at_begin_bytes == 400);
}

TEST_CASE("without marks the figures are of the whole run") {
  Analysis analysis;
  analysis.add(allocate(1, 0x10, 500));
  analysis.add(release(2, 0x10));
  analysis.add(allocate(3, 0x20, 100));
  analysis.finish(3, 77);
  CHECK_FALSE(analysis.has_window());
  CHECK(analysis.totals().peak_heap_bytes == 500);
  CHECK(analysis.totals().live_at_end_bytes == 100);
  CHECK(analysis.totals().bytes_copied == 77);
}

TEST_CASE("realloc: growth, a move and a failure") {
  Analysis analysis;
  analysis.add(allocate(1, 0x10, 100));
  analysis.add(capture::Event{capture::EventKind::kReallocFree, 0, 0, 2, 0x10, 0});
  analysis.add(capture::Event{capture::EventKind::kReallocAllocate, 0, 2, 3, 0x10, 150});  // grew in place
  CHECK(analysis.totals().peak_heap_bytes == 150);
  analysis.add(capture::Event{capture::EventKind::kReallocFree, 0, 0, 4, 0x10, 0});
  analysis.add(capture::Event{capture::EventKind::kReallocAllocate, 0, 2, 5, 0x90, 300});  // moved 150 bytes
  analysis.add(capture::Event{capture::EventKind::kReallocFree, 0, 0, 6, 0x90, 0});
  analysis.add(capture::Event{capture::EventKind::kReallocAllocate, 0, 2, 7, 0, 1'000'000});  // failed: 300 live on
  analysis.finish(0, 0);
  CHECK(analysis.totals().bytes_realloc_moved == 150);
  CHECK(analysis.totals().live_at_end_bytes == 300);
  CHECK(analysis.totals().peak_heap_bytes == 300);
}

TEST_CASE("mappings are intervals, and any part can be unmapped") {
  struct Row {
    const char* name;
    std::uint64_t at, bytes, left;
  };
  for (const Row& row : {Row{"all", 1000, 400, 0}, Row{"head", 1000, 100, 300}, Row{"tail", 1300, 100, 300},
                         Row{"middle", 1100, 200, 200}, Row{"more than it", 900, 600, 0}, Row{"beside", 1400, 50, 400},
                         Row{"before", 900, 100, 400}}) {
    CAPTURE(row.name);
    Analysis analysis;
    analysis.add(capture::Event{capture::EventKind::kMap, 0, 1, 1, 1000, 400});
    analysis.add(capture::Event{capture::EventKind::kUnmap, 0, 1, 2, row.at, row.bytes});
    analysis.finish(0, 0);
    CHECK(analysis.totals().live_at_end_bytes == row.left);
    CHECK(analysis.totals().peak_heap_bytes == 400);
    CHECK(analysis.totals().malloc_peak_bytes == 0);
  }
}

TEST_CASE("mappings count by touched pages, and by their size in a figure of its own") {
  const auto event = [](capture::EventKind kind, std::uint64_t time, std::uint64_t bytes) {
    return capture::Event{kind, 0, 1, time, 0x1000, bytes};
  };
  Analysis analysis;
  analysis.add(event(capture::EventKind::kMapPages, 1, 1 << 30));
  analysis.add(event(capture::EventKind::kPages, 2, 4096));
  analysis.add(mark("begin", 3));
  analysis.add(allocate(4, 0x10, 100, 2));
  analysis.add(event(capture::EventKind::kPages, 5, 4096 * 10));
  analysis.add(event(capture::EventKind::kPages, 6, 4096 * 2));
  analysis.add(mark("end", 7));
  analysis.finish(0, 0);
  const Totals& totals = analysis.totals();
  CHECK(totals.peak_heap_bytes == 40960 + 100);
  CHECK(totals.peak_time_ns == 5);
  CHECK(totals.malloc_peak_bytes == 100);
  CHECK(totals.mapped_peak_bytes == (1 << 30) + 100);
  CHECK(totals.mapped_at_begin_bytes == 1 << 30);
  CHECK(totals.heap_at_begin_bytes == 4096);
  CHECK(totals.live_at_end_bytes == 8192 + 100);
  CHECK(totals.allocations == 1);  // touching is none
  CHECK(analysis.totals_of(1).peak_bytes == 40960);
  CHECK(analysis.totals_of(1).peak_blocks == 1);
}

TEST_CASE("of large blocks alive at the peak it is told what was touched, until they ended") {
  constexpr std::uint64_t kMiB = 1 << 20;
  const auto pages = [](std::uint64_t time, std::uint64_t address, std::uint64_t bytes) {
    return capture::Event{capture::EventKind::kPages, 0, 1, time, address, bytes};
  };
  Analysis analysis;
  analysis.add(allocate(1, 0x10, 4 * kMiB));  // ends before the peak
  analysis.add(pages(2, 0x10, 4 * kMiB));
  analysis.add(release(3, 0x10));
  analysis.add(allocate(4, 0x20, 8 * kMiB, 2));
  analysis.add(allocate(5, 0x30, 2 * kMiB, 3));  // the peak
  analysis.add(allocate(6, 0x40, 100, 3));
  analysis.add(pages(7, 0x20, kMiB));
  analysis.add(pages(8, 0x20, 3 * kMiB));
  analysis.add(release(9, 0x20));
  analysis.add(allocate(10, 0x50, kMiB, 2));  // born after it
  analysis.add(pages(11, 0x50, kMiB));
  analysis.finish(0, 0);
  CHECK(analysis.totals_of(1).peak_large_bytes == 0);
  CHECK(analysis.totals_of(2).peak_large_bytes == 8 * kMiB);
  CHECK(analysis.totals_of(2).peak_large_touched_bytes == 3 * kMiB);
  CHECK(analysis.totals_of(3).peak_large_bytes == 0);  // nobody looked at it
}

TEST_CASE("what is resident in a place is held against the blocks and pages that live there") {
  constexpr std::uint64_t kMB = 1'000'000;
  Analysis analysis;
  analysis.add(allocate(1, 0x100, 10 * kMB));
  analysis.add(allocate(2, 100 * kMB, 5 * kMB));
  analysis.add(capture::MemoryMap{3,
                                  90 * kMB,
                                  {{0, 20 * kMB, 13 * kMB, "[heap]"},
                                   {100 * kMB, 110 * kMB, 5 * kMB, ""},
                                   {200 * kMB, 300 * kMB, 70 * kMB, "other"},
                                   {300 * kMB, 400 * kMB, 2 * kMB, "other"}}});
  analysis.finish(0, 0);
  REQUIRE(analysis.unexplained().size() == 2);
  CHECK(analysis.unexplained()[0].name == "other");
  CHECK(analysis.unexplained()[0].resident_bytes == 72 * kMB);
  CHECK(analysis.unexplained()[1].name == "[heap]");
  CHECK(analysis.unexplained()[1].explained_bytes == 10 * kMB);
}

TEST_CASE("a series of any length stays small and keeps its extremes at their moments") {
  for (const std::uint64_t step : {1u, 1000u, 77'777u}) {
    CAPTURE(step);
    constexpr std::uint64_t kValues = 300'000, kSpike = 123'457, kDip = 200'001;
    Series series;
    for (std::uint64_t i = 0; i < kValues; ++i) {
      series.add(i * step, i == kSpike ? 9000 : i == kDip ? 3 : 1000 + i % 7);
    }
    series.add(10 * step, 9999);  // late: a thread's clock lags
    REQUIRE(series.buckets().size() <= 2048);
    std::map<std::uint64_t, std::uint64_t> moments;  // of each bucket's extremes, by value
    std::uint64_t before = 0;
    for (const Series::Bucket& bucket : series.buckets()) {
      if (bucket.empty) continue;
      CHECK(bucket.first_ns >= before);
      before = bucket.first_ns;
      CHECK(bucket.min <= bucket.last);
      CHECK(bucket.last <= bucket.max);
      moments[bucket.min] = bucket.min_ns;
      moments[bucket.max] = bucket.max_ns;
    }
    CHECK(moments.at(9000) == kSpike * step);
    CHECK(moments.at(3) == kDip * step);
    CHECK(moments.at(9999) == 10 * step);
  }
}

// The stacks alive at the peak, by replaying everything twice: slow and plain.
std::map<std::uint32_t, std::int64_t> peak_by_replay(const std::vector<capture::Event>& events) {
  std::map<std::uint64_t, capture::Event> live;
  std::uint64_t bytes = 0, peak = 0;
  std::map<std::uint32_t, std::int64_t> at_peak;
  for (const capture::Event& event : events) {
    if (const auto at = live.find(event.address); at != live.end()) {
      bytes -= at->second.bytes;
      live.erase(at);
    }
    if (event.kind == capture::EventKind::kAllocate) {
      live[event.address] = event;
      bytes += event.bytes;
    }
    if (bytes > peak) {
      peak = bytes;
      at_peak.clear();
      for (const auto& [address, block] : live) at_peak[block.stack] += static_cast<std::int64_t>(block.bytes);
    }
  }
  return at_peak;
}

TEST_CASE("the stacks alive at the peak, found in one pass, are those of a full replay") {
  std::uint64_t state = 1;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int history = 0; history < 200; ++history) {
    std::vector<capture::Event> events;
    for (std::uint64_t time = 1; time <= 120; ++time) {
      const std::uint64_t address = 16 * (1 + random(12));
      events.push_back(random(5) < 3
                           ? allocate(time, address, 1 + random(1000), 1 + static_cast<std::uint32_t>(random(6)))
                           : release(time, address));
    }
    Analysis analysis;
    for (const capture::Event& event : events) analysis.add(event);
    analysis.finish(0, 0);
    const std::map<std::uint32_t, std::int64_t> expected = peak_by_replay(events);
    std::uint64_t sum = 0;
    for (std::uint32_t stack = 0; stack < 7; ++stack) {
      const auto at = expected.find(stack);
      REQUIRE(analysis.totals_of(stack).peak_bytes == (at != expected.end() ? at->second : 0));
      sum += static_cast<std::uint64_t>(analysis.totals_of(stack).peak_bytes);
    }
    REQUIRE(sum == analysis.totals().peak_heap_bytes);
  }
}

// A frame as the tests write it: with its names.
struct NamedFrame {
  capture::FrameKind kind;
  std::uint32_t module;
  std::vector<capture::Symbol> symbols;
};

capture::StackTree tree_of(const std::vector<std::vector<NamedFrame>>& stacks) {
  capture::StackTree tree;
  tree.modules = {"", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/python3.11", "/opt/blosc.so", "/usr/bin/app"};
  const auto text = [&](const std::string& string) {
    tree.strings.push_back(string);
    return static_cast<std::uint32_t>(tree.strings.size() - 1);
  };
  for (const std::vector<NamedFrame>& stack : stacks) {  // outermost first; no sharing, which nothing here needs
    std::uint32_t parent = 0;
    for (const NamedFrame& named : stack) {
      capture::Frame frame{named.kind, named.module, 0, {}};
      for (const capture::Symbol& symbol : named.symbols) {
        frame.symbols.push_back({text(symbol.function), text(symbol.file), symbol.line});
      }
      tree.frames.push_back(frame);
      tree.nodes.push_back({parent, static_cast<std::uint32_t>(tree.frames.size() - 1)});
      parent = static_cast<std::uint32_t>(tree.nodes.size() - 1);
    }
  }
  return tree;
}
NamedFrame native(std::uint32_t module, const char* function) {
  return {capture::FrameKind::kNative, module, {{function, "", 0}}};
}
NamedFrame python(const char* function, std::uint32_t line) {
  return {capture::FrameKind::kPython, 0, {{function, "core.py", line}}};
}

TEST_CASE("a call site is the innermost Python frame with its native leaf, or the innermost frame outside runtimes") {
  struct Row {
    std::vector<NamedFrame> stack;
    const char* site;
  };
  const std::vector<Row> rows = {
      {{native(4, "main"), native(4, "load"), native(1, "malloc")}, "load"},
      {{native(4, "main"), native(4, "void std::vector<int>::push_back"), native(4, "operator new")}, "main"},
      {{native(2, "run"), python("encode", 7), native(2, "call"), native(3, "blosc_compress"), native(1, "malloc")},
       "encode core.py:7 [blosc_compress]"},
      {{python("<module>", 1), python("full", 352)}, "full core.py:352"},
      {{native(1, "_dl_init")}, "_dl_init"},
  };
  for (const Row& row : rows) {
    const capture::StackTree tree = tree_of({row.stack});
    Analysis analysis;
    analysis.add(allocate(1, 0x10, 10, static_cast<std::uint32_t>(row.stack.size())));
    analysis.finish(0, 0);
    const std::vector<Site> sites = sites_at_peak(analysis, tree);
    REQUIRE(sites.size() == 1);
    CHECK(sites[0].name == row.site);
  }
}

TEST_CASE("buffers: of about the array's size or more, small blocks of one site together") {
  struct Row {
    std::vector<std::uint64_t> sites;
    std::uint64_t buffers;
  };
  const Row rows[] = {{{1000}, 1},      {{1000, 884}, 2}, {{1000, 751}, 1}, {{1000, 799}, 1},
                      {{1000, 800}, 2}, {{1884}, 2},      {{}, 0},          {{500, 499}, 0}};
  for (const Row& row : rows) {
    std::vector<Site> sites;
    sites.reserve(row.sites.size());
    for (const std::uint64_t bytes : row.sites) sites.push_back({"s", bytes, 0, 1, 0});
    CHECK(figures::count_buffers(sites, 1000) == row.buffers);
  }
}

TEST_CASE("extra copies: what the window adds, less the array where it is made within it") {
  struct Row {
    const char* name;
    std::vector<std::uint64_t> before, within;  // blocks of a stack each
    std::uint64_t copies;
  };
  const Row rows[] = {
      {"write, nothing", {1000}, {}, 0},
      {"write, compressed twice", {1000}, {1000, 884}, 2},
      {"write, with a library's work space from before", {1342, 1000}, {884}, 1},
      {"read", {}, {1000}, 0},
      {"read, through a buffer", {}, {1000, 1000}, 1},
      {"read, with a library's work space from before", {1342}, {1000, 884}, 1},
      {"read into an array from before", {1000}, {10}, 0},
      {"nothing at all", {}, {}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Analysis analysis;
    std::vector<std::vector<NamedFrame>> frames;
    std::uint32_t stack = 0;
    const auto add = [&](std::uint64_t bytes) {
      frames.push_back({python("f", ++stack)});
      analysis.add(allocate(stack, stack * 16, bytes, stack));
    };
    for (const std::uint64_t bytes : row.before) add(bytes);
    analysis.add(mark("begin", 50));
    for (const std::uint64_t bytes : row.within) add(bytes);
    analysis.add(mark("end", 90));
    analysis.finish(0, 0);
    CHECK(figures::count_extra_copies(analysis, sites_at_peak(analysis, tree_of(frames)), 1000) == row.copies);
  }
}

TEST_CASE("a site stands for the stack that grew most within the window, though an older one holds more") {
  Analysis analysis;
  analysis.add(allocate(1, 16, 3000, 1));
  analysis.add(mark("begin", 50));
  analysis.add(allocate(60, 32, 1000, 2));
  analysis.add(mark("end", 90));
  analysis.finish(0, 0);
  const std::vector<Site> sites = sites_at_peak(analysis, tree_of({{python("f", 1)}, {python("f", 1)}}));
  REQUIRE(sites.size() == 1);
  CHECK(sites[0].bytes == 4000);
  CHECK(sites[0].grown() == 1000);
  CHECK(sites[0].stack == 2);
}

TEST_CASE("a display tree unfolds inlined functions and merges equal frames, parents first") {
  NamedFrame inlined = native(4, "inner");
  inlined.symbols.push_back({"outer", "a.cc", 9});
  const capture::StackTree tree = tree_of({{native(4, "main"), inlined}, {native(4, "main"), native(4, "other")}});
  DisplayTree display(tree);
  const std::uint32_t inner = display.node_of(2), other = display.node_of(4);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < display.parent().size(); ++i) {
    names.push_back(display.frames()[display.frame()[i]].symbol.function);
    CHECK(display.parent()[i] < static_cast<std::int32_t>(i));
  }
  CHECK(names == std::vector<std::string>{"all", "main", "outer", "inner", "other"});
  CHECK(names[inner] == "inner");
  CHECK(names[other] == "other");
  CHECK(display.parent()[inner] == 2);
  CHECK(display.parent()[other] == 1);
}

}  // namespace
}  // namespace chunkmark::profile
