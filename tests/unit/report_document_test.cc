// The documents of a report and of a comparison, as the page and other programs read them.
#include "report/report_document.h"

#include "instrument/capture/capture_writer.h"
#include "report/compare_document.h"
#include "unit/catch.h"

namespace chunkmark::report {
namespace {

using capture::EventKind;

class Run {
 public:
  Run() { writer_.add_process(0, 1, 0, "x"); }
  Run& allocate(std::uint64_t time, std::uint64_t address, std::uint64_t bytes, std::uint32_t line) {
    const std::uint32_t node = writer_.add_node(0, writer_.add_python_frame({"f", "a.py", line}));
    writer_.add_event(0, {EventKind::kAllocate, 0, node, time, address, bytes});
    return *this;
  }
  Run& free(std::uint64_t time, std::uint64_t address) {
    writer_.add_event(0, {EventKind::kFree, 0, 0, time, address, 0});
    return *this;
  }
  Run& mark(std::uint64_t time, const char* name) {
    writer_.add_mark(0, {name, 0, time, 0, 0});
    return *this;
  }
  Run& sample(std::uint64_t time, std::uint64_t anonymous, std::uint64_t file) {
    writer_.add_sample(0, {time, anonymous, file});
    return *this;
  }
  capture::CaptureFile end(std::uint64_t duration_ns) {
    writer_.finish({{"duration_ns", duration_ns}});
    return {file_, "run"};
  }

 private:
  std::vector<std::byte> file_;
  capture::CaptureWriter writer_{[this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }, {}};
};

json::object document_of(const capture::CaptureFile& file, std::string_view title, const json::value& result) {
  const profile::CaptureProfile capture = profile::read_profile(file, kReportCoarseness);
  return report_document(capture, figures::inspect(capture.analysis, 0), title, result);
}

TEST_CASE("a report's timeline keeps the extremes of each stretch in the order in which they came") {
  Run run;
  run.allocate(1'000'000, 16, 500, 1).free(1'000'100, 16).allocate(1'000'200, 16, 100, 1);  // up first, within 1 us
  run.allocate(3'000'000, 32, 50, 1).allocate(3'000'100, 48, 70, 1);                        // only up
  run.allocate(5'000'000, 64, 1, 1);                                                        // one value
  const capture::CaptureFile file = run.end(6'000'000);
  const json::object document = document_of(file, "a title", nullptr);
  CHECK(document.at("timeline") ==
        parse_json(R"({"t_ms": [1.0, 1.0001, 3.0, 3.0001, 5.0], "heap": [500, 0, 150, 220, 221]})", "x"));
  CHECK(document.at("schema") == "chunkmark.report/2");
  CHECK(document.at("title") == "a title");
  CHECK(document.at("result").is_null());
  CHECK(document.at("end_ticks").to_number<int>() == 6'000'000);
  for (const char* member : {"figures", "strings", "frames", "stacks", "intervals", "copies", "transfers", "threads"}) {
    CHECK(document.contains(member));
  }
}

TEST_CASE("a report tells samples and marks with their times") {
  Run run;
  run.sample(1'000'000, 10, 20).sample(1'000'500, 30, 5).mark(2'000'000, "begin").sample(4'000'000, 7, 8);
  const capture::CaptureFile file = run.mark(5'000'000, "</script>").end(6'000'000);
  const json::object document = document_of(file, "", json::object{{"a", 1}});
  CHECK(document.at("resident") == parse_json(R"({"t_ms": [1.0, 4.0], "anonymous": [30, 7], "file": [20, 8]})", "x"));
  CHECK(document.at("marks") ==
        parse_json(R"([{"t_ms": 2.0, "name": "begin"}, {"t_ms": 5.0, "name": "</script>"}])", "x"));
  CHECK(document.at("result").at("a").to_number<int>() == 1);
}

TEST_CASE("a page takes the document at its placeholder, once, and nothing in it ends the element") {
  const json::object document{{"name", "</script><!--"}, {"token", "@@REPORT_DATA@@"}};
  CHECK(report_page("a@@REPORT_DATA@@b@@REPORT_DATA@@c", document) ==
        "a{\"name\":\"\\u003c/script>\\u003c!--\",\"token\":\"@@REPORT_DATA@@\"}b@@REPORT_DATA@@c");
  CHECK_THROWS_WITH(report_page("no place", document), "report page: expected the placeholder @@REPORT_DATA@@");
}

TEST_CASE("a comparison tells the sites that changed, largest change first, and no others") {
  Run first, second;
  first.allocate(1, 16, 100, 1).allocate(2, 32, 50, 2).allocate(3, 48, 70, 3);
  second.allocate(1, 16, 100, 1).allocate(2, 32, 90, 2).allocate(3, 48, 10, 4);
  const profile::ComparedCapture a(first.end(8)), b(second.end(16));
  const json::object document = compare_document(figures::compare(a, b, profile::Alignment::kPeak, 0));
  CHECK(document.at("moments") == parse_json(R"([{"name": "heap peak", "a_ms": 3e-6, "b_ms": 3e-6,
      "a_bytes": 220, "b_bytes": 200, "sites": [
      {"site": "f a.py:3", "a_bytes": 70, "b_bytes": 0, "delta_bytes": -70},
      {"site": "f a.py:2", "a_bytes": 50, "b_bytes": 90, "delta_bytes": 40},
      {"site": "f a.py:4", "a_bytes": 0, "b_bytes": 10, "delta_bytes": 10}]}])",
                                             "expected"));
  CHECK(document.at("a").at("peak_heap_bytes").to_number<int>() == 220);
  CHECK(document.at("b").at("peak_heap_bytes").to_number<int>() == 200);
}

TEST_CASE("marks are compared by name and number; one that the other run lacks is left out") {
  Run first, second;
  first.mark(1, "round").allocate(2, 16, 100, 1).mark(3, "round").mark(4, "only here");
  second.mark(1, "round").mark(2, "other").allocate(3, 16, 40, 1).mark(4, "round").mark(5, "round");
  const profile::ComparedCapture a(first.end(8)), b(second.end(8));
  const json::object document = compare_document(figures::compare(a, b, profile::Alignment::kMarks, 0));
  const json::array& moments = document.at("moments").as_array();
  REQUIRE(moments.size() == 2);
  CHECK(moments[0].at("name") == "round");
  CHECK(moments[0].at("sites").as_array().empty());
  CHECK(moments[1].at("name") == "round 2");
  CHECK(moments[1].at("sites").at(0).at("delta_bytes").to_number<int>() == -60);
}

TEST_CASE("a comparison of very many sites is cut to the largest") {
  Run first, second;
  for (std::uint32_t site = 1; site <= 200; ++site) first.allocate(site, 16 * site, 1000 + site, site);
  const profile::ComparedCapture a(first.end(300)), b(second.end(300));
  const json::object document = compare_document(figures::compare(a, b, profile::Alignment::kPeak, 0));
  const json::array& sites = document.at("moments").at(0).at("sites").as_array();
  REQUIRE(sites.size() == 50);
  CHECK(sites[0].at("site") == "f a.py:200");
}

}  // namespace
}  // namespace chunkmark::report
