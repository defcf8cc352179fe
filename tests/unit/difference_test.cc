#include "instrument/profile/difference.h"

#include "instrument/capture/capture_writer.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

// A capture with a block of `first` bytes by "f" before the mark, one of `second` by "g" after it, and both at the end.
std::vector<std::byte> capture(std::uint64_t first, std::uint64_t second, std::uint64_t pace_ns) {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  writer.add_process(0, 1, 0, "x");
  const std::uint32_t f = writer.add_node(0, writer.add_python_frame({"f", "a.py", 1}));
  const std::uint32_t g = writer.add_node(0, writer.add_python_frame({"g", "a.py", 2}));
  writer.add_event(0, {capture::EventKind::kAllocate, 0, f, 1 * pace_ns, 0x1000, first});
  writer.add_mark(0, {"loaded", 0, 2 * pace_ns, 0, 0});
  writer.add_event(0, {capture::EventKind::kAllocate, 0, g, 3 * pace_ns, 0x2000, second});
  writer.add_mark(0, {"stored", 0, 4 * pace_ns, 0, 0});
  writer.add_event(0, {capture::EventKind::kFree, 0, 0, 5 * pace_ns, 0x2000, 0});
  writer.finish({{"duration_ns", 8 * pace_ns}});
  return file;
}

TEST_CASE("a capture against itself differs nowhere, whichever way moments are aligned") {
  const std::vector<std::byte> file = capture(100, 50, 1000);
  const ComparedCapture a({file, "a"}), b({file, "b"});
  for (const Alignment alignment : {Alignment::kPeak, Alignment::kMarks, Alignment::kTime}) {
    const std::vector<MomentDifference> found = find_differences(a, b, alignment);
    CHECK_FALSE(found.empty());
    for (const MomentDifference& moment : found) {
      CHECK(moment.a_bytes == moment.b_bytes);
      for (const SiteDifference& site : moment.sites) CHECK(site.delta() == 0);
    }
  }
}

TEST_CASE("runs of different pace are compared at the moments that belong together") {
  const std::vector<std::byte> quick = capture(100, 50, 1000), slow = capture(100, 80, 70'000);
  const ComparedCapture a({quick, "a"}), b({slow, "b"});
  const std::vector<MomentDifference> peak = find_differences(a, b, Alignment::kPeak);
  REQUIRE(peak.size() == 1);
  CHECK(peak[0].a_bytes == 150);
  CHECK(peak[0].b_bytes == 180);
  REQUIRE(peak[0].sites.size() == 2);
  CHECK(peak[0].sites[0].name == "g a.py:2");
  CHECK(peak[0].sites[0].delta() == 30);
  const std::vector<MomentDifference> marks = find_differences(a, b, Alignment::kMarks);
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].name == "loaded");
  CHECK(marks[0].b_bytes == 100);
  CHECK(marks[1].b_bytes == 180);
  const std::vector<MomentDifference> time = find_differences(a, b, Alignment::kTime);
  REQUIRE(time.size() == 8);
  CHECK(time[3].name == "50 %");
  CHECK(time[3].a_bytes == 150);
  CHECK(time[3].b_bytes == 180);
  CHECK(time[7].b_bytes == 100);
  // Swapped, everything is negated.
  const std::vector<MomentDifference> swapped = find_differences(b, a, Alignment::kPeak);
  CHECK(swapped[0].sites[0].delta() == -30);
}

}  // namespace
}  // namespace chunkmark::profile
