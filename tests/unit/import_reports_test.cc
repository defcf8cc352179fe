#include "instrument/figures/inspection.h"
#include "instrument/import/heaptrack.h"
#include "instrument/import/json_walk.h"
#include "instrument/import/memray_page.h"
#include "instrument/import/open_source.h"
#include "unit/catch.h"

namespace chunkmark::figures {
namespace {

Inspection inspected(const std::string& text, std::uint64_t array_bytes = 0) {
  return inspect(profile::CaptureAnalysis({as_byte_view(text), "x", {}, imports::open_source}), array_bytes);
}

std::string page(const std::string& title, const std::string& data) {
  return "<html>\n<title>memray - " + title + "</title>\n  Command line: <code>run.py &lt;in&gt;</code><br>\n" +
         "Duration: 0:00:01.250000<br>\nTotal number of allocations: 42<br>\n<script>\n    const packed_data = " +
         data +
         ";\n    const memory_records = [[1700000000000, 9, 0], [1700000000010, 9, 500], [1700000000020, 9, 100]];\n"
         "</script>\n";
}

const std::string kNodes =
    R"("strings": ["", "make", "a.py", "malloc", "&lt;unknown&gt;", "&lt;module&gt;"],
"nodes": {"function": [0, 5, 1, 3], "filename": [0, 2, 2, 4], "lineno": [0, 9, 3, 0], "children": [[1], [2], [3], []])";

std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

TEST_CASE("a memray flame graph tells what was alive at the peak") {
  const Inspection told =
      inspected(page("flamegraph report",
                     one_line("{" + kNodes + R"(, "value": [500, 500, 500, 400], "n_allocations": [3, 3, 3, 1]}})")));
  CHECK(told.origin == "memray HTML report");
  CHECK(told.command == "run.py <in>");
  CHECK(told.duration_ns == 1'250'000'000u);
  CHECK(told.allocation_records == 42u);
  CHECK_FALSE(told.allocations.has_value());
  CHECK_FALSE(told.live_at_end_bytes.has_value());
  CHECK(told.peak_heap_bytes == 500u);
  REQUIRE(told.buffers_at_peak.size() == 2);
  CHECK(told.buffers_at_peak[0].site == "make a.py:3 [malloc]");
  CHECK(told.buffers_at_peak[0].stack == std::vector<std::string>{"malloc", "make a.py:3", "<module> a.py:9"});
  CHECK(told.buffers_at_peak[1].blocks == 2);
  CHECK(told.buffers_at_peak[1].bytes == 100);
}

TEST_CASE("a report of leaks tells nothing of the peak") {
  const Inspection told =
      inspected(page("flamegraph report (memory leaks)",
                     one_line("{" + kNodes + R"(, "value": [500, 500, 500, 400], "n_allocations": [3, 3, 3, 1]}})")),
                500);
  CHECK_FALSE(told.peak_heap_bytes.has_value());
  CHECK_FALSE(told.copy.has_value());
  CHECK(told.live_at_end_bytes == 500u);
  CHECK(told.findings ==
        std::vector<std::string>{"a report of memory leaks: what was alive at the heap peak is not in it"});
}

// Rows: first and last snapshot, node, blocks, bytes. The peak is snapshot 1, of 1100.
const std::string kTemporal = one_line("{" + kNodes +
                                       R"(}, "intervals": [[0, null, 2, 1, 1000], [1, 2, 3, 50, 100], [2, 3, 3, 1, 20]],
"high_water_mark_by_snapshot": [1000, 1100, 1020]})");

TEST_CASE("a temporal report tells its highest snapshot") {
  const Inspection told = inspected(page("temporal flamegraph report", kTemporal), 1000);
  CHECK(told.peak_heap_bytes == 1100u);
  CHECK(told.peak_ns == 10'000'000u);
  REQUIRE(told.copy.has_value());
  CHECK(told.copy->extra_copies == 0u);
  CHECK_FALSE(told.copy->moved_user.has_value());
  REQUIRE(told.buffers_at_peak.size() == 2);
  CHECK(told.buffers_at_peak[1].blocks == 50);
  CHECK(told.findings.empty());
}

TEST_CASE("more snapshots than times is a known defect of memray, and told") {
  std::string data = kTemporal;
  data.replace(data.find("1020]"), 5, "1020, 5, 5, 5, 5]");
  const Inspection told = inspected(page("temporal flamegraph report", data));
  REQUIRE(told.findings.size() == 1);
  CHECK(told.findings[0].find("7 snapshots and the times of only 3") != std::string::npos);
}

TEST_CASE("a table has one frame of each stack") {
  const Inspection told = inspected(page(
      "table report",
      R"([{"allocator":"malloc","n_allocations":2,"size":300,"stack_trace":"&lt;lambda&gt; at b.py:7","tid":"0x1"}])"));
  CHECK(told.peak_heap_bytes == 300u);
  REQUIRE(told.buffers_at_peak.size() == 1);
  CHECK(told.buffers_at_peak[0].site == "<lambda> b.py:7");
}

TEST_CASE("pages that cannot be read say why") {
  CHECK_THROWS_WITH(inspected(page("table report", "[{]")),
                    has_text("expected JSON, found") && has_text("x: at byte "));
  CHECK_THROWS_WITH(inspected("<title>memray - flamegraph report</title>\nconst data = {};\n"),
                    has_text("found the nested data of 1.0 to 1.6"));
  CHECK_THROWS_WITH(inspected("<title>memray - flamegraph report</title>"),
                    has_text("expected a line that begins with"));
}

const std::string kHeaptrack =
    "v 10400 3\nX ./prog 7\nI 1000 10\ns 5 /prog\ns 6 main()\ns 7 copy it\ns 5 a.cpp\n"
    "i 400100 1 2 4 9\ni 400200 1 3 4 5 2 4 8\nt 1 0\nt 2 1\na 64 2\na a 1\n"
    "c 0\n+ 0\n+ 1\nc a\n- 0\n+ 0\n- 1\nR 5\n# strings: 4\n";

TEST_CASE("a heaptrack file: classes of blocks, inlined frames, hexadecimal") {
  const Inspection told = inspected(kHeaptrack, 100);
  CHECK(told.origin == "heaptrack");
  CHECK(told.command == "./prog 7");
  CHECK(told.allocations == 3u);
  CHECK(told.peak_heap_bytes == 110u);
  CHECK(told.peak_ns.value_or(~std::uint64_t{0}) < 10'000'000u);  // the first of two with the same heap
  CHECK(told.live_at_end_bytes == 100u);
  REQUIRE(told.copy.has_value());
  CHECK(told.copy->extra_copies == 0u);
  REQUIRE(!told.buffers_at_peak.empty());
  CHECK(told.buffers_at_peak[0].stack ==
        std::vector<std::string>{"copy it a.cpp:5", "main() a.cpp:8", "main() a.cpp:9"});
}

TEST_CASE("the duration of a heaptrack file is known before its events") {
  const auto durations = [](const std::string& text) {
    const capture::CaptureFile file{as_byte_view(text), "file"};
    struct Nothing final : capture::CaptureVisitor {
      void on_events(std::uint32_t, std::span<const capture::Event>) override {}
      void on_mark(std::uint32_t, const capture::Mark&) override {}
      void on_sample(std::uint32_t, const capture::ResidentSample&) override {}
    } nothing;
    imports::Heaptrack source(file);
    const std::uint64_t peeked = source.peek_duration();
    source.read(nothing);
    REQUIRE(source.complete());
    return std::pair(peeked, source.end().at("duration_ns").to_number<std::uint64_t>());
  };
  const auto [peeked, read] = durations(kHeaptrack);
  CHECK(peeked != 0);
  CHECK(peeked == read);
  const std::string no_times = "v 10400 3\nX prog\n# strings: 0\n";
  CHECK(durations(no_times).first == 0);
  std::string long_one = kHeaptrack.substr(0, kHeaptrack.rfind('#'));
  while (long_one.size() < 3u << 20) long_one += "+ 0\n- 0\n+ 0\n- 0\n";
  long_one += "c 1f4\n+ 0\n- 0\n# strings: 0\n";
  CHECK(durations(long_one) == std::pair<std::uint64_t, std::uint64_t>(500'000'200, 500'000'200));
}

TEST_CASE("heaptrack's raw data, and a file that is cut") {
  CHECK_THROWS_WITH(inspected("v 10400 3\nx 5 /prog\nm 1 -\n"), has_text("heaptrack --interpret"));
  CHECK_THROWS_WITH(inspected("v 10400 4\nX a\n"), has_text("expected the file version 1 to 3, found 4"));
  const Inspection cut = inspected(kHeaptrack.substr(0, kHeaptrack.find("- 0")));
  CHECK(cut.peak_heap_bytes == 110u);
  CHECK_FALSE(cut.live_at_end_bytes.has_value());
  const Inspection damaged = inspected("v 10400 3\nX a\n+ 9\n");
  REQUIRE(!damaged.findings.empty());
  CHECK(damaged.findings[0] == "x: at byte 18: expected one of 0 classes of blocks, found 9");
}

TEST_CASE("a massif file: the tree of its peak stands on its leaves") {
  const Inspection told = inspected(
      "desc: (none)\ncmd: ./prog\ntime_unit: ms\n#-----------\nsnapshot=0\n#-----------\ntime=3\nmem_heap_B=900\n"
      "mem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=peak\n"
      "n2: 900 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
      " n1: 800 0x10: copy(char*) (a.cpp:5)\n  n0: 800 0x20: main (in /bin/prog)\n"
      " n0: 100 in 3 places, all below massif's threshold (1.00%)\n"
      "#-----------\nsnapshot=1\n#-----------\ntime=5\nmem_heap_B=10\nheap_tree=empty\n");
  CHECK(told.origin == "massif");
  CHECK(told.peak_heap_bytes == 900u);
  CHECK(told.peak_ns == 3'000'000u);
  CHECK(told.duration_ns == 5'000'000u);
  CHECK_FALSE(told.allocations.has_value());
  REQUIRE(told.buffers_at_peak.size() == 2);
  CHECK(told.buffers_at_peak[0].stack == std::vector<std::string>{"copy(char*) a.cpp:5", "main"});
}

std::string dhat(const std::string& mode, const std::string& points) {
  return R"j({"dhatFileVersion":2,"mode":")j" + mode + R"j(","cmd":"./prog","pid":7,"te":90,"tg":40,"pps":[)j" +
         points +
         R"j(],"ftbl":["[root]","0x1: malloc (vg_replace_malloc.c:393)","0x2: copy (a.c:5)","0x3: main (a.c:9)"]})j";
}

TEST_CASE("a DHAT file of the heap") {
  const Inspection told =
      inspected(dhat("heap", R"({"tb":900,"tbk":9,"gb":500,"gbk":5,"eb":100,"ebk":1,"acc":[-3,0],"fs":[1,2,3]})"));
  CHECK(told.origin == "DHAT heap");
  CHECK(told.allocations == 9u);
  CHECK(told.peak_heap_bytes == 500u);
  CHECK(told.live_at_end_bytes == 100u);
  CHECK_FALSE(told.duration_ns.has_value());  // it counts instructions
  CHECK_FALSE(told.bytes_copied.has_value());
  REQUIRE(told.buffers_at_peak.size() == 1);
  CHECK(told.buffers_at_peak[0].blocks == 5);
  CHECK(told.buffers_at_peak[0].stack == std::vector<std::string>{"copy a.c:5", "main a.c:9"});
}

TEST_CASE("a DHAT file of copies") {
  const Inspection told = inspected(dhat("copy", R"({"tb":900,"tbk":9,"fs":[2,3]},{"tb":1,"tbk":1,"fs":[3]})"));
  CHECK(told.bytes_copied == 901u);
  CHECK(told.copy_calls == 10u);
  CHECK_FALSE(told.peak_heap_bytes.has_value());
  CHECK_THROWS_WITH(inspected(dhat("ad-hoc", "")), has_text("expected heap or copy"));
}

}  // namespace
}  // namespace chunkmark::figures
