#include "instrument/profile/range_query.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "instrument/capture/capture_writer.h"
#include "instrument/profile/analysis.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

template <typename T>
std::vector<T> column(const json::value& table, const char* name) {
  std::vector<T> values;
  for (const json::value& value : table.at(name).as_array()) values.push_back(value.to_number<T>());
  return values;
}

Moves moves_of(const json::value& table) {
  return {column<std::uint32_t>(table, "t"), column<std::uint64_t>(table, "bytes"),
          column<std::uint32_t>(table, "calls"), column<std::uint32_t>(table, "stack"),
          column<std::uint16_t>(table, "thread")};
}

TEST_CASE("range queries answer as the page's do: tests/golden/range") {
  std::size_t queries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CHUNKMARK_GOLDEN "/range")) {
    if (entry.path().extension() != ".json") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const json::value golden = parse_json(text.str(), entry.path().string());
    const json::value& intervals = golden.at("intervals");
    Columns columns;
    columns.intervals = {column<std::uint32_t>(intervals, "t0"),    column<std::uint32_t>(intervals, "t1"),
                         column<std::uint64_t>(intervals, "bytes"), column<std::uint32_t>(intervals, "blocks"),
                         column<std::uint32_t>(intervals, "stack"), column<std::uint16_t>(intervals, "thread")};
    columns.copies = moves_of(golden.at("copies"));
    columns.transfers = moves_of(golden.at("transfers"));
    const std::size_t stacks = golden.at("stacks").at("parent").as_array().size();
    for (const json::value& row : golden.at("queries").as_array()) {
      CAPTURE(entry.path().filename().string(), json::serialize(row));
      RangeQuery query;
      query.mode = parse_mode(row.at("mode").get_string()).value();
      query.from = row.at("from").to_number<std::uint32_t>();
      query.to = row.at("to").to_number<std::uint32_t>();
      if (!row.at("threads").is_null()) {
        query.threads.resize(golden.at("threads").to_number<std::size_t>());
        for (const std::size_t thread : column<std::size_t>(row, "threads")) query.threads.at(thread) = 1;
      }
      const Selection found = select(columns, stacks, query);
      const json::value& expected = row.at("expected");
      REQUIRE(found.at == expected.at("at").to_number<std::int64_t>());
      REQUIRE(found.bytes == expected.at("bytes").to_number<std::uint64_t>());
      REQUIRE(found.blocks == expected.at("blocks").to_number<std::uint64_t>());
      json::array self;
      for (std::size_t stack = 0; stack < stacks; ++stack) {
        if (found.self_bytes[stack] == 0 && found.self_blocks[stack] == 0) continue;
        self.push_back(json::array{stack, found.self_bytes[stack], found.self_blocks[stack]});
      }
      REQUIRE(json::serialize(self) == json::serialize(expected.at("self")));
      ++queries;
    }
  }
  CHECK(queries > 50);  // the golden files are there and were read
}

TEST_CASE("the peak that columns give is the analysis's own, mappings cut to pieces and reallocs included") {
  std::uint64_t state = 7;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int history = 0; history < 100; ++history) {
    std::vector<std::byte> file;
    capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
    writer.add_process(0, 1, 0, "x");
    for (std::uint32_t i = 1; i <= 6; ++i) writer.add_node(0, writer.add_native_frame(0, i));
    Analysis analysis;
    for (std::uint64_t time = 1; time <= 150; ++time) {
      constexpr capture::EventKind kKinds[] = {capture::EventKind::kAllocate, capture::EventKind::kAllocate,
                                               capture::EventKind::kFree,     capture::EventKind::kMap,
                                               capture::EventKind::kUnmap,    capture::EventKind::kReallocAllocate};
      capture::Event event{kKinds[random(6)], 0, 1 + static_cast<std::uint32_t>(random(6)), time, 0, 0};
      const bool map = event.kind == capture::EventKind::kMap || event.kind == capture::EventKind::kUnmap;
      event.address = map ? (1 << 20) + 4096 * random(16) : 16 * (1 + random(10));
      if (event.kind == capture::EventKind::kReallocAllocate) {  // always after what it takes away
        const capture::Event taken{capture::EventKind::kReallocFree, 0, 0, time, event.address, 0};
        writer.add_event(0, taken);
        analysis.add(taken);
        if (random(4) == 0) event.address = 0;
      }
      if (capture::has_bytes(event.kind)) event.bytes = map ? 4096 * (1 + random(6)) : 1 + random(5000);
      writer.add_event(0, event);
      analysis.add(event);
    }
    writer.finish({});
    analysis.finish(0, 0);
    const Columns columns = read_columns({file, "x"}, 0, 200);
    const Selection peak = select(columns, 7, {Mode::kPeak, 0, columns.end_ticks, {}});
    REQUIRE(peak.bytes == analysis.totals().peak_heap_bytes);
    for (std::uint32_t stack = 0; stack < 7; ++stack) {
      REQUIRE(peak.self_bytes[stack] == static_cast<std::uint64_t>(analysis.totals_of(stack).peak_bytes));
    }
    const Selection live = select(columns, 7, {Mode::kLive, 0, columns.end_ticks, {}});
    REQUIRE(live.bytes == analysis.totals().live_at_end_bytes);
  }
}

TEST_CASE("merged on a grid, what is alive at its instants stays exact, in fewer rows") {
  std::uint64_t state = 3;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  writer.add_process(0, 1, 0, "x");
  for (std::uint32_t i = 1; i <= 4; ++i) writer.add_node(0, writer.add_native_frame(0, i));
  for (std::uint64_t time = 1; time <= 10'000; ++time) {
    const std::uint64_t address = 16 * (1 + random(300));
    const auto stack = 1 + static_cast<std::uint32_t>(random(4));
    writer.add_event(0, {capture::EventKind::kAllocate, 0, stack, time, address, random(500)});
    if (random(3) == 0) writer.add_event(0, {capture::EventKind::kFree, 0, 0, time, 16 * (1 + random(300)), 0});
    if (random(3) == 0) writer.add_event(0, {capture::EventKind::kCopy, 0, stack, time, 0, 4096 + random(500)});
  }
  writer.finish({});
  const Columns exact = read_columns({file, "x"}, 0, 10'000);
  const Selection peak = select(exact, 5, {Mode::kPeak, 0, 10'000, {}});
  const Columns coarse = read_columns({file, "x"}, 0, 10'000, {100, 50},
                                      [at = peak.at] { return std::vector{static_cast<std::uint64_t>(at)}; });
  CHECK(coarse.intervals.rows() < exact.intervals.rows() / 5);
  CHECK(coarse.copies.rows() < exact.copies.rows() / 10);
  const Selection coarse_peak = select(coarse, 5, {Mode::kPeak, 0, 10'000, {}});
  CHECK(coarse_peak.at == peak.at);
  for (const RangeQuery& query :
       {RangeQuery{Mode::kPeak, 0, 10'000, {}}, RangeQuery{Mode::kLive, 0, 0, {}}, RangeQuery{Mode::kLive, 0, 200, {}},
        RangeQuery{Mode::kLive, 0, 5000, {}}, RangeQuery{Mode::kLive, 0, 10'000, {}},
        RangeQuery{Mode::kAllocated, 0, 10'000, {}}, RangeQuery{Mode::kCopied, 0, 10'000, {}}}) {
    const Selection found = select(coarse, 5, query), expected = select(exact, 5, query);
    CHECK(found.self_bytes == expected.self_bytes);
    CHECK(found.self_blocks == expected.self_blocks);
  }
}

}  // namespace
}  // namespace chunkmark::profile
