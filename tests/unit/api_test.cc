#include "api/api.h"

#include <map>

#include "instrument/capture/capture_writer.h"
#include "report/profile_methods.h"
#include "report/report_document.h"
#include "unit/catch.h"

namespace chunkmark::api {
namespace {

std::vector<std::byte> small_capture() {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); },
                                {{"command_line", "make"}, {"array_bytes", 1000}});
  writer.add_process(0, 1, 0, "make");
  const std::uint32_t node = writer.add_node(0, writer.add_python_frame({"</script>", "a.py", 3}));
  writer.add_event(0, {capture::EventKind::kAllocate, 0, node, 10, 0x1000, 1000});
  writer.add_mark(0, {"begin", 0, 20, 0, 0});
  writer.add_event(0, {capture::EventKind::kAllocate, 0, node, 30, 0x9000, 950});
  writer.add_mark(0, {"end", 0, 40, 2, 64});
  writer.finish({{"duration_ns", 50}});
  return file;
}

json::value ask(std::string_view request, ByteView data = {}) {
  MethodTable methods;
  report::add_profile_methods(methods);
  return parse_json(handle(methods, request, data).json, "response");
}

TEST_CASE("inspect counts the copies of a capture") {
  const std::vector<std::byte> capture = small_capture();
  const json::value figures = ask(R"({"method":"profile.inspect"})", capture).at("result");
  CHECK(figures.at("extra_copies").to_number<int>() == 1);  // 950 more bytes of the array's own call site
  CHECK(figures.at("peak_heap_bytes").to_number<int>() == 1950);
  CHECK(figures.at("scratch_bytes").to_number<int>() == 950);
  CHECK(figures.at("bytes_copied").to_number<int>() == 64);
  CHECK(figures.at("bytes_moved").at("user").to_number<double>() == 0.064);
  const json::value halves = ask(R"({"method":"profile.inspect","params":{"array_bytes":500}})", capture).at("result");
  CHECK(halves.at("extra_copies").to_number<int>() == 1);  // two of 500 made within, one of them the array
}

TEST_CASE("inspect's document has every key that other programs rely on, null where the capture cannot tell") {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  writer.add_process(0, 1, 0, "x");
  writer.finish({{"duration_ns", 5}});
  const json::value figures = ask(R"({"method":"profile.inspect"})", file).at("result");
  for (const char* told :
       {"format", "duration_seconds", "allocations", "peak_heap_bytes", "malloc_peak_bytes", "live_at_end_bytes",
        "bytes_copied", "bytes_realloc_moved", "bytes_in", "bytes_out", "buffers_at_peak", "findings"}) {
    CAPTURE(told);
    CHECK_FALSE(figures.at(told).is_null());
  }
  for (const char* unknown :
       {"command", "array_bytes", "extra_copies", "extra_heap", "malloc_extra_heap", "bytes_moved", "scratch_bytes"}) {
    CAPTURE(unknown);
    CHECK(figures.at(unknown).is_null());
  }
}

TEST_CASE("a capture that is cut before the operation's end tells no copies, and says why") {
  const std::vector<std::byte> capture = small_capture();
  int told = 0;
  for (std::size_t cut = 9; cut < capture.size(); ++cut) {
    const json::value answer = ask(R"({"method":"profile.inspect"})", ByteView(capture).first(cut));
    if (const json::value* error = answer.as_object().if_contains("error")) {
      CHECK(error->at("code") == "corrupt");  // not even one process
      continue;
    }
    const json::object& figures = answer.at("result").as_object();
    CHECK(figures.at("findings").as_array().at(0).as_string().find("cut off") != json::string::npos);
    if (!figures.at("extra_copies").is_null()) {  // the mark "end" was read, so the figures are those of the whole
      CHECK(figures.at("extra_copies").to_number<int>() == 1);
      ++told;
    }
  }
  CHECK(told > 0);
}

TEST_CASE("an answer is JSON, whatever bytes the names of the traced program have") {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  const char* latin1 = "/home/caf\xe9";
  const std::string long_name =
      std::string(capture::kMaxNameBytes - 1, 'f') + "\xc3\xb6";  // cut within its last letter
  for (std::uint32_t process = 0; process < 2; ++process) writer.add_process(process, 7, 0, latin1);
  const std::uint32_t native = writer.add_native_frame(writer.add_module(latin1), 1);
  const std::uint32_t python = writer.add_python_frame({long_name, latin1, 1});
  const std::uint32_t inlined = writer.add_native_frame(1, 2);
  std::uint32_t node = 0;
  for (const std::uint32_t frame : {native, python, inlined}) node = writer.add_node(node, frame);
  writer.add_event(0, {capture::EventKind::kAllocate, 0, node, 10, 0x1000, 1000});
  writer.add_mark(0, {latin1, 0, 20, 0, 0});
  writer.add_symbols({{inlined, {{latin1, latin1, 3}}}});
  writer.finish({});
  for (const char* request : {R"({"method":"profile.inspect"})", R"({"method":"profile.report"})"}) {
    CHECK(ask(request, file).as_object().contains("result"));  // ask() parses
  }
}

// Cut at every byte: what the rule of profile::Known leaves is the whole's or less, and nothing is 0 for want of
// knowing.
TEST_CASE("figures of a cut capture are so far, whole, or null") {
  const std::vector<std::byte> capture = small_capture();
  const json::object whole = ask(R"({"method":"profile.inspect"})", capture).at("result").as_object();
  CHECK(whole.at("known_until_ms").is_null());
  std::map<std::string, int> seen;
  for (std::size_t cut = 9; cut < capture.size(); ++cut) {
    CAPTURE(cut);
    const json::value answer = ask(R"({"method":"profile.inspect"})", ByteView(capture).first(cut));
    if (answer.as_object().contains("error")) continue;
    const json::object& figures = answer.at("result").as_object();
    CHECK(figures.at("duration_seconds").is_null());
    CHECK(figures.at("resident").at("anonymous_bytes").is_null());
    const json::value& copied = figures.at("bytes_copied");
    const json::value& peak = figures.at("peak_heap_bytes");
    if (peak.is_null()) {
      ++seen["nothing"];
      for (const char* key :
           {"known_until_ms", "allocations", "peak_ms", "heap_at_begin_bytes", "bytes_in", "copies"}) {
        CHECK(figures.at(key).is_null());
      }
    } else if (copied.is_null()) {
      ++seen["so far"];
      CHECK(figures.at("known_until_ms").to_number<double>() > 0);
      CHECK(peak.to_number<int>() > 0);
      CHECK(peak.to_number<int>() <= whole.at("peak_heap_bytes").to_number<int>());
      for (const char* key : {"live_at_end_bytes", "copies", "extra_copies"}) CHECK(figures.at(key).is_null());
    } else {
      ++seen["whole"];
      CHECK(figures.at("known_until_ms").is_null());
      for (const char* key : {"peak_heap_bytes", "live_at_end_bytes", "bytes_copied", "allocations", "extra_copies"}) {
        CHECK(figures.at(key) == whole.at(key));
      }
    }
  }
  for (const char* kind : {"nothing", "so far", "whole"}) CHECK(seen[kind] > 0);
}

TEST_CASE("resident memory of a cut capture is known once a sample from beyond the window is there") {
  for (const bool beyond : {false, true}) {
    std::vector<std::byte> file;
    capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
    writer.add_process(0, 1, 0, "x");
    writer.add_mark(0, {"begin", 0, 20, 0, 0, 4096, 8192});
    writer.add_mark(0, {"end", 0, 40, 0, 0, 4096, 8192});
    writer.add_sample(0, {30, 9000, 8192});
    if (beyond) writer.add_sample(0, {50, 1, 1});
    writer.flush();
    const json::value resident = ask(R"({"method":"profile.inspect"})", file).at("result").at("resident");
    CHECK(resident.at("anonymous_bytes") == (beyond ? json::value(9000) : json::value(nullptr)));
  }
}

TEST_CASE("requests that are wrong are answered, not thrown") {
  struct Row {
    const char* request;
    const char* code;
  };
  for (const Row& row : {Row{"{", "corrupt"}, Row{"[]", "invalid_argument"}, Row{R"({"method":1})", "invalid_argument"},
                         Row{R"({"method":"no.such"})", "not_found"},
                         Row{R"({"method":"profile.inspect","params":[]})", "invalid_argument"},
                         Row{R"({"method":"profile.inspect","params":{"array_bytes":"x"}})", "corrupt"},
                         Row{R"({"method":"profile.inspect"})", "corrupt"}}) {
    CAPTURE(row.request);
    CHECK(ask(row.request).at("error").at("code") == row.code);
  }
  const std::vector<std::byte> capture = small_capture();
  for (const char* bytes : {"\"x\"", "-1", "1.5", "1e300", "18446744073709551616", "true", "[]"}) {
    CAPTURE(bytes);
    const std::string request = R"({"method":"profile.inspect","params":{"array_bytes":)" + std::string(bytes) + "}}";
    CHECK(ask(request, capture).at("error").at("code") == "invalid_argument");
  }
}

TEST_CASE("a report page holds its data, however a function is named") {
  const std::vector<std::byte> capture = small_capture();
  const json::object document =
      ask(R"({"method":"profile.report","params":{"title":"t"}})", capture).at("result").as_object();
  const std::string page = report::report_page("<script>@@REPORT_DATA@@</script>", document);
  CHECK(page.find("</script>") == page.size() - 9);
  CHECK(parse_json(std::string_view(page).substr(8, page.size() - 17), "page") == json::value(document));
  CHECK_THROWS_AS(report::report_page("<script></script>", document), Error);
}

}  // namespace
}  // namespace chunkmark::api
