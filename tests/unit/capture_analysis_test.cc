// Which process of a capture matters, and what is believed of its JSON.
#include "instrument/profile/capture_analysis.h"

#include "instrument/capture/capture_writer.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

// A process as the test wants it: its heap's peak, and the marks that it sets.
struct Wanted {
  std::uint64_t peak_bytes;
  std::vector<const char*> marks;
};

std::vector<std::byte> capture(const std::vector<Wanted>& processes, const json::object& meta = {},
                               const json::object& end = {{"duration_ns", 1000}}) {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, meta);
  std::uint64_t time = 0;
  for (std::uint32_t i = 0; i < processes.size(); ++i) {
    writer.add_process(i, 100 + i, i, "p" + std::to_string(i));
    for (const char* name : processes[i].marks) writer.add_mark(i, {name, 0, ++time, 10, 100});
    if (processes[i].peak_bytes > 0) {
      writer.add_event(i, {capture::EventKind::kAllocate, 0, 0, ++time, 16, processes[i].peak_bytes});
    }
  }
  writer.finish(end);
  return file;
}

TEST_CASE("the process that matters is the one that set begin, or else the one with the highest peak") {
  struct Row {
    const char* name;
    std::vector<Wanted> processes;
    std::uint32_t main;
  };
  const Row rows[] = {
      {"one", {{5, {}}}, 0},
      {"the highest peak", {{5, {}}, {9, {}}, {7, {}}}, 1},
      {"of equals the first", {{5, {}}, {5, {}}}, 0},
      {"begin before a peak", {{500, {}}, {1, {"begin"}}, {700, {}}}, 1},
      {"of two with begin the highest peak", {{5, {"begin"}}, {9, {"begin"}}, {700, {}}}, 1},
      {"another mark does not count", {{5, {}}, {1, {"start"}}}, 0},
      {"end alone does not count", {{5, {}}, {1, {"end"}}}, 0},
      {"without any event", {{0, {}}, {0, {}}}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::vector<std::byte> file = capture(row.processes);
    const CaptureAnalysis analysis({file, "x"});
    CHECK(analysis.main_process() == row.main);
    CHECK(analysis.main().totals().peak_heap_bytes == row.processes[row.main].peak_bytes);
  }
}

TEST_CASE("numbers of the capture's JSON are believed only where they are whole and not negative") {
  struct Row {
    json::value told;
    std::uint64_t believed;
  };
  for (const Row& row : {Row{100, 100}, Row{~std::uint64_t{0}, ~std::uint64_t{0}}, Row{-1, 0}, Row{1.5, 0},
                         Row{"100", 0}, Row{nullptr, 0}, Row{json::array{}, 0}}) {
    CAPTURE(json::serialize(row.told));
    const std::vector<std::byte> file = capture({{5, {}}}, {{"array_bytes", row.told}}, {{"duration_ns", row.told}});
    const CaptureAnalysis analysis({file, "x"});
    CHECK(analysis.array_bytes() == row.believed);
    CHECK(analysis.duration_ns() == (row.believed != 0 ? row.believed : 1));  // the last event's time else
  }
}

TEST_CASE("small copies are those between the marks, or until the counters of the process's end") {
  const auto counters = [](std::uint64_t process, const json::value& bytes) {
    return json::object{{"processes", json::array{json::object{
                                          {"process", process}, {"small_copies", 30}, {"small_copy_bytes", bytes}}}}};
  };
  struct Row {
    const char* name;
    std::vector<const char*> marks;
    json::object end;
    std::uint64_t bytes;
  };
  const Row rows[] = {
      {"no marks", {}, counters(0, 700), 700},
      {"begin without end", {"begin"}, counters(0, 700), 600},
      {"begin and end", {"begin", "end"}, counters(0, 700), 0},
      {"of another process", {}, counters(7, 700), 0},
      {"no number", {}, counters(0, "700"), 0},
      {"fewer than at begin", {"begin"}, counters(0, 50), 0},
      {"no list", {}, {{"processes", 3}}, 0},
      {"a list of something else", {}, {{"processes", json::array{1, nullptr, json::array{}}}}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::vector<std::byte> file = capture({{5, row.marks}}, {}, row.end);
    CHECK(CaptureAnalysis({file, "x"}).main().totals().bytes_copied == row.bytes);
  }
}

TEST_CASE("a capture of which nothing can be read is refused, one that is cut behind its first process is not") {
  const std::vector<std::byte> whole = capture({{5, {}}});
  CHECK_THROWS_AS(CaptureAnalysis({ByteView(whole).first(8), "x"}), Error);  // the magic number alone
  std::size_t first = 0;
  for (std::size_t cut = whole.size() - 1; cut > 8; --cut) {
    try {
      const CaptureAnalysis analysis({ByteView(whole).first(cut), "x"});
      CHECK_FALSE(analysis.reader().complete());
      first = cut;
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kCorrupt);
      CHECK_THAT(error.what(), Catch::Matchers::StartsWith("x: "));
    }
  }
  CHECK((first > 8 && first < whole.size() / 2 + 40));
}

}  // namespace
}  // namespace chunkmark::profile
