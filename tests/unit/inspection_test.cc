// All that inspect tells, as fields: what is known, what is empty, and what is to be known before trusting it.
#include "instrument/figures/inspection.h"

#include "instrument/capture/capture_writer.h"
#include "instrument/figures/comparison.h"
#include "unit/catch.h"

namespace chunkmark::figures {
namespace {

using capture::EventKind;

class Run {
 public:
  explicit Run(const json::object& meta = {}) : meta_(meta) { writer_.add_process(0, 7, 0, "x"); }
  Run& allocate(std::uint64_t address, std::uint64_t bytes, std::uint32_t line) {
    const std::uint32_t node = writer_.add_node(0, writer_.add_python_frame({"f", "a.py", line}));
    writer_.add_event(0, {EventKind::kAllocate, 0, node, ++time_, address, bytes});
    return *this;
  }
  Run& mark(const char* name) {
    writer_.add_mark(0, {name, 0, ++time_, 2, 64});
    return *this;
  }
  capture::CaptureFile end(const json::object& end = {{"duration_ns", 50}}) {
    writer_.finish(end);
    return {file_, "run"};
  }
  capture::CaptureFile cut() {
    writer_.flush();
    return {file_, "run"};
  }

 private:
  json::object meta_;
  std::vector<std::byte> file_;
  capture::CaptureWriter writer_{[this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); },
                                 meta_};
  std::uint64_t time_ = 0;
};

Inspection inspected(const capture::CaptureFile& file, std::uint64_t array_bytes = 0) {
  return inspect(profile::CaptureAnalysis(file), array_bytes);
}

TEST_CASE("a whole capture tells everything, against the array's size that it has or that is asked for") {
  Run run({{"command_line", "make it"}, {"started", "then"}, {"array_bytes", 1000}});
  run.allocate(16, 1000, 1).mark("begin").allocate(32, 900, 2).mark("end");
  const capture::CaptureFile file =
      run.end({{"duration_ns", 50}, {"processes", {{{"process", 0}, {"resident_high_water_bytes", 12}}}}});
  const Inspection told = inspected(file);
  CHECK(told.command == "make it");
  CHECK(told.started == "then");
  CHECK(told.duration_ns == 50u);
  CHECK_FALSE(told.is_so_far());
  REQUIRE(told.window);
  CHECK(told.window->begin_ns == 2);
  CHECK(told.window->end_ns == 4);
  CHECK(told.marks_fit);
  CHECK(told.allocations == 1u);
  CHECK(told.peak_heap_bytes == 1900u);
  CHECK(told.peak_ns == 3u);
  CHECK(told.heap_at_begin_bytes == 1000u);
  CHECK(told.live_at_end_bytes == 1900u);
  CHECK(told.bytes_copied == 0u);
  CHECK(told.resident.anonymous_bytes == std::nullopt);  // no sample, no mark that knows it
  CHECK(told.resident.high_water_bytes == 12u);
  CHECK(told.array_bytes == 1000u);
  REQUIRE(told.copy);
  CHECK(told.copy->extra_copies == 1);
  REQUIRE(told.buffers_at_peak.size() == 2);
  CHECK(told.buffers_at_peak[0].site == "f a.py:1");
  CHECK(told.buffers_at_peak[0].grown() == 0);
  CHECK(told.buffers_at_peak[1].grown() == 900);
  CHECK(told.buffers_at_peak[1].stack == std::vector<std::string>{"f a.py:2"});
  CHECK(told.findings.empty());

  const Inspection other = inspected(file, 500);
  CHECK(other.array_bytes == 500u);
  CHECK(other.findings ==
        std::vector<std::string>{"the figures are of an array of 500 bytes, as asked for; the capture "
                                 "was made for one of 1000"});
}

TEST_CASE("without the array's size, or a buffer of it, nothing is told of copies") {
  Run run;
  const capture::CaptureFile file = run.allocate(16, 300, 1).end();
  const Inspection without = inspected(file);
  CHECK_FALSE(without.array_bytes);
  CHECK_FALSE(without.copy);
  CHECK(without.findings.empty());
  CHECK(without.buffers_at_peak.size() == 1);
  const Inspection unseen = inspected(file, 1000);
  CHECK(unseen.array_bytes == 1000u);
  CHECK_FALSE(unseen.copy);
  CHECK(unseen.findings ==
        std::vector<std::string>{"no buffer of 1000 bytes was alive at the heap peak: nothing can be "
                                 "said about copies of it"});
}

TEST_CASE("a capture that is cut tells sums and peaks so far, and no more") {
  Run run({{"array_bytes", 1000}});
  const Inspection told = inspected(run.mark("begin").allocate(16, 1000, 1).cut());
  CHECK(told.is_so_far());
  CHECK(told.known_until_ns == 2u);
  CHECK(told.peak_heap_bytes == 1000u);
  CHECK(told.heap_at_begin_bytes == 0u);
  CHECK_FALSE(told.duration_ns);
  CHECK_FALSE(told.live_at_end_bytes);
  CHECK_FALSE(told.bytes_copied);
  CHECK_FALSE(told.copy_calls);
  CHECK_FALSE(told.copy);
  CHECK_FALSE(told.marks_fit);
  CHECK(told.findings.size() == 3);  // where it is cut, what that leaves, the mark that is missing
}

TEST_CASE("what the tracer could not do is a finding") {
  Run run;
  const Inspection told =
      inspected(run.allocate(16, 1, 1).end({{"duration_ns", 50},
                                            {"untraced_processes", 2},
                                            {"processes", {{{"process", 0}, {"python_not_read", "3.14"}}}}}));
  REQUIRE(told.findings.size() == 2);
  CHECK(told.findings[0] == "2 processes found no room and ran untraced");
  CHECK(told.findings[1].find("CPython 3.14") != std::string::npos);
}

TEST_CASE("of a comparison only sites that changed are told") {
  Run first, second;
  first.allocate(16, 100, 1).allocate(32, 50, 2);
  second.allocate(16, 100, 1).allocate(32, 90, 2);
  const profile::ComparedCapture a(first.end()), b(second.end());
  const Comparison comparison = compare(a, b, profile::Alignment::kPeak, 0);
  CHECK(comparison.a.peak_heap_bytes == 150u);
  CHECK(comparison.b.peak_heap_bytes == 190u);
  REQUIRE(comparison.moments.size() == 1);
  REQUIRE(comparison.moments[0].sites.size() == 1);
  CHECK(comparison.moments[0].sites[0].delta() == 40);
}

}  // namespace
}  // namespace chunkmark::figures
