// The figures of one storage operation, from captures written for the purpose. An array is of 1000 bytes.
#include "instrument/figures/copy_figures.h"

#include "instrument/capture/capture_writer.h"
#include "unit/catch.h"

namespace chunkmark::figures {
namespace {

using capture::Event;
using capture::EventKind;

constexpr std::uint64_t kArray = 1000;

// A run of one process: every event comes from a stack of its own.
class Run {
 public:
  Run() { writer_.add_process(0, 1, 0, "x"); }
  Run& event(EventKind kind, std::uint64_t address, std::uint64_t bytes) {
    const std::uint32_t frame = writer_.add_python_frame({"f", "a.py", ++time_});
    writer_.add_event(0, {kind, 0, writer_.add_node(0, frame), time_, address, bytes});
    return *this;
  }
  Run& allocate(std::uint64_t address, std::uint64_t bytes) { return event(EventKind::kAllocate, address, bytes); }
  Run& free(std::uint64_t address) { return event(EventKind::kFree, address, 0); }
  Run& mark(const char* name, std::uint64_t file_bytes = 0, std::uint64_t small_copy_bytes = 0) {
    writer_.add_mark(0, {name, 0, ++time_, 0, small_copy_bytes, file_bytes > 0 ? 1u : 0u, file_bytes});
    return *this;
  }
  Run& sample(std::uint64_t file_bytes) {
    writer_.add_sample(0, {++time_, 1, file_bytes});
    return *this;
  }
  CopyFigures figures() {
    writer_.finish({});
    return copy_figures(profile::CaptureAnalysis({file_, "run"}), kArray);
  }
  // As after a kill: what is buffered is written, the end is not.
  CopyFigures figures_of_cut() {
    writer_.flush();
    return copy_figures(profile::CaptureAnalysis({file_, "run"}), kArray);
  }

 private:
  std::vector<std::byte> file_;
  capture::CaptureWriter writer_{[this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }, {}};
  std::uint32_t time_ = 0;
};

TEST_CASE("extra copies and heap: a write's array is there at begin, a read's comes within") {
  struct Row {
    const char* name;
    std::vector<std::uint64_t> before, within;
    std::uint64_t copies;
    std::int64_t scratch;
    double heap;
    bool seen;
  };
  const Row rows[] = {
      {"write, nothing", {1000}, {}, 0, 0, 0, true},
      {"write, a little scratch", {1000}, {10}, 0, 10, 0.01, true},
      {"write, one copy", {1000}, {1000}, 1, 1000, 1, true},
      {"write, one compressed copy", {1000}, {884}, 1, 884, 0.884, true},
      {"write, what a library holds beside", {1000, 500}, {}, 0, 0, 0, true},
      {"write, array with a header of 1 %", {1010}, {}, 0, 0, 0, true},
      {"read, nothing", {}, {1000}, 0, 0, 0, true},
      {"read, one copy", {}, {1000, 1000}, 1, 1000, 1, true},
      {"read, what a library holds beside", {500}, {1000}, 0, 0, 0, true},
      {"nothing of the array's size", {500}, {300}, 0, -700, -0.7, false},
      {"nothing at all", {}, {}, 0, -1000, -1, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Run run;
    std::uint64_t address = 0;
    for (const std::uint64_t bytes : row.before) run.allocate(address += 16, bytes);
    run.mark("begin");
    for (const std::uint64_t bytes : row.within) run.allocate(address += 16, bytes);
    run.mark("end").allocate(0x10000, 50'000);  // not the operation's
    const CopyFigures figures = run.figures();
    CHECK(figures.array_bytes == kArray);
    CHECK(figures.extra_copies == row.copies);
    CHECK(figures.scratch_bytes == row.scratch);
    CHECK(figures.extra_heap == row.heap);
    CHECK(figures.malloc_extra_heap == row.heap);
    CHECK(figures.array_seen == row.seen);
  }
}

TEST_CASE("mappings are heap, but not of the allocation family") {
  const CopyFigures figures =
      Run().allocate(16, 1000).mark("begin").event(EventKind::kMap, 0x1000, 4096).mark("end").figures();
  CHECK(figures.scratch_bytes == 4096);
  CHECK(figures.malloc_extra_heap == 0);
}

TEST_CASE("what moves within the window, per byte of array") {
  const CopyFigures figures = Run()
                                  .allocate(16, 1000)
                                  .allocate(32, 250)
                                  .event(EventKind::kCopy, 0, 7000)  // before
                                  .mark("begin", 0, 100)
                                  .event(EventKind::kCopy, 0, 1500)
                                  .event(EventKind::kTransferIn, 0, 500)
                                  .event(EventKind::kTransferOut, 0, 2000)
                                  .event(EventKind::kReallocFree, 32, 0)
                                  .event(EventKind::kReallocAllocate, 48, 300)
                                  .mark("end", 0, 350)
                                  .event(EventKind::kTransferIn, 0, 9000)  // after
                                  .figures();
  CHECK(figures.moved_user == 1.75);  // the small ones of the counters among them
  CHECK(figures.moved_in == 0.5);
  CHECK(figures.moved_out == 2);
  CHECK(figures.moved_realloc == 0.25);
}

TEST_CASE("files grow from what was resident before the window to the peak within it") {
  struct Row {
    const char* name;
    std::vector<std::uint64_t> before, within;  // samples
    std::uint64_t begin, end;                   // at the marks; 0 = not known
    std::uint64_t growth;
  };
  const Row rows[] = {
      {"a mapped file", {300}, {900, 500}, 0, 0, 600},
      {"less than before", {900, 800}, {100}, 0, 0, 0},
      {"between two samples", {300}, {}, 310, 700, 390},
      {"no sample before", {}, {900}, 0, 0, 900},
      {"nothing known", {}, {}, 0, 0, 0},
      {"the mark tells better than the sample before", {300}, {900}, 850, 0, 50},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Run run;
    for (const std::uint64_t bytes : row.before) run.sample(bytes);
    run.mark("begin", row.begin);
    for (const std::uint64_t bytes : row.within) run.sample(bytes);
    run.mark("end", row.end).sample(50'000);
    CHECK(run.figures().file_growth_bytes == row.growth);
  }
}

TEST_CASE("a capture that is cut off within the operation tells what was seen until then") {
  const CopyFigures figures = Run().mark("begin").allocate(16, 1000).allocate(32, 1000).free(32).figures_of_cut();
  CHECK(figures.extra_copies == 1);
  CHECK(figures.scratch_bytes == 1000);
  const CopyFigures before = Run().mark("begin").allocate(16, 300).figures_of_cut();
  CHECK_FALSE(before.array_seen);
}

TEST_CASE("figures are told by the names that the record has") {
  CopyFigures figures;
  figures.extra_copies = 2;
  figures.extra_heap = 1.5;
  figures.malloc_extra_heap = 1.25;
  figures.moved_user = 3;
  figures.moved_in = 4;
  figures.moved_out = 5;
  figures.moved_realloc = 6;
  figures.scratch_bytes = -7;
  figures.bytes_duplicated = 8;
  CHECK(to_json(figures) == parse_json(R"({"extra_copies": 2, "proven_copies": null, "bytes_duplicated": 8,
      "extra_heap": 1.5, "malloc_extra_heap": 1.25,
      "bytes_moved": {"user": 3.0, "in": 4.0, "out": 5.0, "realloc": 6.0}, "scratch_bytes": -7})",
                                       "expected")
                                .as_object());
}

}  // namespace
}  // namespace chunkmark::figures
