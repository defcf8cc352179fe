// What lives after any history of events, told change by change.
#include "instrument/profile/live_heap.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

using Heap = LiveHeap<std::uint32_t>;  // an origin is a stack

struct Told {
  HeapSource source;
  std::uint32_t origin;
  std::int64_t bytes, blocks;
  bool operator==(const Told&) const = default;
};
constexpr auto kBlock = HeapSource::kBlock;
constexpr auto kMapping = HeapSource::kMapping;
constexpr auto kPages = HeapSource::kPages;

capture::Event event(capture::EventKind kind, std::uint32_t origin, std::uint64_t address, std::uint64_t bytes = 0,
                     std::uint32_t thread = 0) {
  return {kind, thread, origin, 0, address, bytes};
}
capture::Event allocate(std::uint32_t origin, std::uint64_t address, std::uint64_t bytes) {
  return event(capture::EventKind::kAllocate, origin, address, bytes);
}
capture::Event release(std::uint64_t address) {
  return event(capture::EventKind::kFree, 0, address);
}
capture::Event map(std::uint32_t origin, std::uint64_t address, std::uint64_t bytes) {
  return event(capture::EventKind::kMap, origin, address, bytes);
}
capture::Event map_pages(std::uint32_t origin, std::uint64_t address, std::uint64_t bytes) {
  return event(capture::EventKind::kMapPages, origin, address, bytes);
}
capture::Event touch(std::uint32_t origin, std::uint64_t address, std::uint64_t bytes) {
  return event(capture::EventKind::kPages, origin, address, bytes);
}
capture::Event unmap(std::uint64_t address, std::uint64_t bytes) {
  return event(capture::EventKind::kUnmap, 0, address, bytes);
}
capture::Event realloc_free(std::uint64_t address, std::uint32_t thread = 0) {
  return event(capture::EventKind::kReallocFree, 0, address, 0, thread);
}
capture::Event realloc_result(std::uint32_t origin, std::uint64_t address, std::uint64_t bytes,
                              std::uint32_t thread = 0) {
  return event(capture::EventKind::kReallocAllocate, origin, address, bytes, thread);
}

std::vector<Told> told_by(Heap& heap, const capture::Event& happened) {
  std::vector<Told> told;
  heap.apply(happened, happened.stack, [&](const Heap::Change& change) {
    told.push_back({change.source, change.origin, change.bytes, change.blocks});
  });
  return told;
}

TEST_CASE("each event tells what it changes") {
  struct Row {
    const char* name;
    std::vector<capture::Event> before;
    capture::Event event;
    std::vector<Told> told;
  };
  const Row rows[] = {
      {"an allocation", {}, allocate(1, 16, 100), {{kBlock, 1, 100, 1}}},
      {"an allocation of nothing", {}, allocate(1, 16, 0), {{kBlock, 1, 0, 1}}},
      {"a free", {allocate(1, 16, 100)}, release(16), {{kBlock, 1, -100, -1}}},
      {"a free of nothing that is known", {allocate(1, 16, 100)}, release(32), {}},
      {"a free of null", {allocate(1, 16, 100)}, release(0), {}},
      {"a free into the middle of a block", {allocate(1, 16, 100)}, release(17), {}},
      {"a second free", {allocate(1, 16, 100), release(16)}, release(16), {}},
      {"an address that is given out again: its end was missed",
       {allocate(1, 16, 100)},
       allocate(2, 16, 50),
       {{kBlock, 1, -100, -1}, {kBlock, 2, 50, 1}}},
      {"realloc, taken away", {allocate(1, 16, 100)}, realloc_free(16), {{kBlock, 1, -100, -1}}},
      {"realloc, of nothing that is known", {}, realloc_free(16), {}},
      {"realloc, in place",
       {allocate(1, 16, 100), realloc_free(16)},
       realloc_result(2, 16, 150),
       {{kBlock, 2, 150, 1}}},
      {"realloc, failed: the old block lives on",
       {allocate(1, 16, 100), realloc_free(16)},
       realloc_result(2, 0, 150),
       {{kBlock, 1, 100, 1}}},
      {"realloc, failed, of nothing that is known", {realloc_free(16)}, realloc_result(2, 0, 150), {}},
      {"realloc of null", {}, realloc_result(2, 16, 150), {{kBlock, 2, 150, 1}}},
      {"realloc of another thread fails",
       {allocate(1, 16, 100), allocate(2, 32, 70), realloc_free(16, 1), realloc_free(32, 2)},
       realloc_result(3, 0, 150, 2),
       {{kBlock, 2, 70, 1}}},
      {"a mapping", {}, map(1, 0x1000, 0x3000), {{kMapping, 1, 0x3000, 1}}},
      {"a mapping of nothing", {}, map(1, 0x1000, 0), {}},
      {"a mapping beyond the end of all addresses", {}, map(1, ~std::uint64_t{0} - 10, 100), {}},
      {"a mapping over another",
       {map(1, 0x1000, 0x3000)},
       map(2, 0x1000, 0x3000),
       {{kMapping, 1, -0x3000, -1}, {kMapping, 2, 0x3000, 1}}},
      {"a mapping over the end of one and the begin of the next",
       {map(1, 0x1000, 0x2000), map(2, 0x3000, 0x2000)},
       map(3, 0x2000, 0x2000),
       {{kMapping, 1, -0x1000, 0}, {kMapping, 2, -0x1000, 0}, {kMapping, 3, 0x2000, 1}}},
      {"a mapping within another",
       {map(1, 0x1000, 0x3000)},
       map(2, 0x2000, 0x1000),
       {{kMapping, 1, -0x1000, 1}, {kMapping, 2, 0x1000, 1}}},
      {"unmapped as a whole", {map(1, 0x1000, 0x3000)}, unmap(0x1000, 0x3000), {{kMapping, 1, -0x3000, -1}}},
      {"unmapped at its head", {map(1, 0x1000, 0x3000)}, unmap(0, 0x2000), {{kMapping, 1, -0x1000, 0}}},
      {"unmapped at its tail", {map(1, 0x1000, 0x3000)}, unmap(0x3000, 0x9000), {{kMapping, 1, -0x1000, 0}}},
      {"unmapped in its middle: two pieces",
       {map(1, 0x1000, 0x3000)},
       unmap(0x2000, 0x1000),
       {{kMapping, 1, -0x1000, 1}}},
      {"unmapped beside", {map(1, 0x1000, 0x3000)}, unmap(0x4000, 0x1000), {}},
      {"unmapped before", {map(1, 0x1000, 0x3000)}, unmap(0, 0x1000), {}},
      {"nothing unmapped", {map(1, 0x1000, 0x3000)}, unmap(0x1000, 0), {}},
      {"several unmapped, with what lies between",
       {map(1, 0x1000, 0x1000), map(2, 0x4000, 0x1000), map(3, 0x8000, 0x2000)},
       unmap(0, 0x9000),
       {{kMapping, 1, -0x1000, -1}, {kMapping, 2, -0x1000, -1}, {kMapping, 3, -0x1000, 0}}},
      {"a mapping that counts by pages", {}, map_pages(1, 0x1000, 0x9000), {}},
      {"its first pages", {map_pages(1, 0x1000, 0x9000)}, touch(1, 0x1000, 0x2000), {{kPages, 1, 0x2000, 1}}},
      {"more pages",
       {map_pages(1, 0x1000, 0x9000), touch(1, 0x1000, 0x2000)},
       touch(2, 0x1000, 0x5000),
       {{kPages, 2, 0x3000, 0}}},
      {"pages given back, the newest first",
       {map_pages(1, 0x1000, 0x9000), touch(1, 0x1000, 0x2000), touch(2, 0x1000, 0x5000)},
       touch(3, 0x1000, 0x1000),
       {{kPages, 1, -0x1000, 0}, {kPages, 2, -0x3000, 0}}},
      {"all pages given back",
       {map_pages(1, 0x1000, 0x9000), touch(1, 0x1000, 0x2000)},
       touch(1, 0x1000, 0),
       {{kPages, 1, -0x2000, -1}}},
      {"more pages than the mapping has",
       {map_pages(1, 0x1000, 0x9000)},
       touch(1, 0x1000, 0x20000),
       {{kPages, 1, 0x9000, 1}}},
      {"pages of no mapping that is known", {map_pages(1, 0x1000, 0x9000)}, touch(1, 0x2000, 0x1000), {}},
      {"pages of a mapping that counts whole", {map(1, 0x1000, 0x9000)}, touch(1, 0x1000, 0x1000), {}},
      {"shared pages",
       {event(capture::EventKind::kMapShared, 1, 0x1000, 0x9000)},
       touch(1, 0x1000, 0x1000),
       {{HeapSource::kShared, 1, 0x1000, 1}}},
      {"unmapped with its pages",
       {map_pages(1, 0x1000, 0x9000), touch(1, 0x1000, 0x2000), touch(2, 0x1000, 0x5000)},
       unmap(0x1000, 0x9000),
       {{kPages, 1, -0x2000, -1}, {kPages, 2, -0x3000, 0}}},
      {"unmapped in its middle: pages are taken to lie evenly",
       {map_pages(1, 0x1000, 0x8000), touch(1, 0x1000, 0x4000)},
       unmap(0x3000, 0x2000),
       {{kPages, 1, -0x1000, 1}}},
      {"unmapped untouched", {map_pages(1, 0x1000, 0x9000)}, unmap(0x1000, 0x2000), {}},
      {"a block is no mapping", {allocate(1, 0x1000, 100)}, unmap(0x1000, 0x1000), {}},
      {"a mapping is no block", {map(1, 0x1000, 0x1000)}, release(0x1000), {}},
      {"a copy", {allocate(1, 16, 100)}, event(capture::EventKind::kCopy, 1, 16, 100), {}},
      {"a transfer", {allocate(1, 16, 100)}, event(capture::EventKind::kTransferIn, 1, 16, 100), {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Heap heap;
    for (const capture::Event& happened : row.before) told_by(heap, happened);
    CHECK((told_by(heap, row.event) == row.told));
  }
}

TEST_CASE("realloc moves what fits, when it moves at all") {
  struct Row {
    const char* name;
    std::uint64_t address, bytes, moved;
  };
  for (const Row& row : {Row{"grown in place", 16, 150, 0}, Row{"grown elsewhere", 32, 150, 100},
                         Row{"shrunk elsewhere", 32, 40, 40}, Row{"failed", 0, 150, 0}}) {
    CAPTURE(row.name);
    Heap heap;
    for (const capture::Event& happened : {allocate(1, 16, 100), realloc_free(16),
                                           realloc_result(1, row.address, row.bytes), realloc_result(1, 64, 7)}) {
      told_by(heap, happened);
    }
    CHECK(heap.realloc_moved_bytes() == row.moved);
  }
}

// What lives, byte by byte: slow and plain.
struct Model {
  std::map<std::uint64_t, std::pair<std::uint32_t, std::uint64_t>> blocks;
  std::map<std::uint64_t, std::uint32_t> pages;

  void apply(const capture::Event& event) {
    if (event.kind == capture::EventKind::kAllocate) blocks[event.address] = {event.stack, event.bytes};
    if (event.kind == capture::EventKind::kFree) blocks.erase(event.address);
    for (std::uint64_t at = event.address; at < event.address + event.bytes; at += 0x1000) {
      if (event.kind == capture::EventKind::kMap) pages[at] = event.stack;
      if (event.kind == capture::EventKind::kUnmap) pages.erase(at);
    }
  }
  std::map<std::uint32_t, std::int64_t> live() const {
    std::map<std::uint32_t, std::int64_t> bytes;
    for (const auto& [address, block] : blocks) bytes[block.first] += static_cast<std::int64_t>(block.second);
    for (const auto& [at, origin] : pages) bytes[origin] += 0x1000;
    return bytes;
  }
};

TEST_CASE("after any history, what was told adds up to what lives, byte by byte") {
  std::mt19937 random(3);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint64_t>(random() % n); };
  for (int history = 0; history < 100; ++history) {
    Heap heap;
    Model model;
    std::map<std::uint32_t, std::int64_t> bytes, blocks;
    for (int step = 0; step < 200; ++step) {
      const auto origin = 1 + static_cast<std::uint32_t>(below(5));
      constexpr capture::EventKind kKinds[] = {capture::EventKind::kAllocate, capture::EventKind::kFree,
                                               capture::EventKind::kMap, capture::EventKind::kUnmap};
      const capture::EventKind kind = kKinds[below(4)];
      const bool mapping = kind == capture::EventKind::kMap || kind == capture::EventKind::kUnmap;
      const capture::Event happened = event(kind, origin, mapping ? 0x1000 * (1 + below(20)) : 16 * (1 + below(10)),
                                            kind == capture::EventKind::kFree ? 0
                                            : mapping                         ? 0x1000 * below(8)
                                                                              : 1 + below(500));
      for (const Told& told : told_by(heap, happened)) {
        bytes[told.origin] += told.bytes;
        blocks[told.origin] += told.blocks;
      }
      model.apply(happened);
    }
    std::erase_if(bytes, [](const auto& entry) { return entry.second == 0; });
    REQUIRE(bytes == model.live());
    std::map<std::uint32_t, std::int64_t> visited, pieces;
    heap.for_each([&](std::uint32_t origin, std::uint64_t alive, std::uint32_t count) {
      visited[origin] += static_cast<std::int64_t>(alive);
      pieces[origin] += count;
    });
    REQUIRE(visited == model.live());
    std::erase_if(blocks, [](const auto& entry) { return entry.second == 0; });
    REQUIRE(blocks == pieces);
  }
}

TEST_CASE(
    "after any history of pages, what was told adds up to what is there, and nothing is touched beyond its size") {
  std::mt19937 random(4);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint64_t>(random() % n); };
  for (int history = 0; history < 100; ++history) {
    Heap heap;
    std::map<std::uint32_t, std::int64_t> bytes, blocks;
    std::map<std::uint64_t, bool> mapped;  // by page
    for (int step = 0; step < 200; ++step) {
      const auto origin = 1 + static_cast<std::uint32_t>(below(5));
      constexpr capture::EventKind kKinds[] = {capture::EventKind::kMapPages, capture::EventKind::kUnmap,
                                               capture::EventKind::kPages, capture::EventKind::kPages};
      const capture::Event happened = event(kKinds[below(4)], origin, 0x1000 * (1 + below(20)), 0x1000 * below(8));
      for (const Told& told : told_by(heap, happened)) {
        bytes[told.origin] += told.bytes;
        blocks[told.origin] += told.blocks;
      }
      for (std::uint64_t at = happened.address; at < happened.address + happened.bytes; at += 0x1000) {
        if (happened.kind == capture::EventKind::kMapPages) mapped[at] = true;
        if (happened.kind == capture::EventKind::kUnmap) mapped.erase(at);
      }
    }
    std::map<std::uint32_t, std::int64_t> visited;
    std::int64_t touched = 0, pieces = 0;
    heap.for_each([&](std::uint32_t origin, std::uint64_t alive, std::uint32_t count) {
      visited[origin] += static_cast<std::int64_t>(alive);
      touched += static_cast<std::int64_t>(alive);
      pieces += count;
    });
    std::erase_if(bytes, [](const auto& entry) { return entry.second == 0; });
    REQUIRE(bytes == visited);
    std::int64_t told_pieces = 0;
    for (const auto& [origin, count] : blocks) told_pieces += count;
    REQUIRE(told_pieces == pieces);
    REQUIRE(heap.untouched_bytes() + static_cast<std::uint64_t>(touched) == mapped.size() * 0x1000);
  }
}

}  // namespace
}  // namespace chunkmark::profile
