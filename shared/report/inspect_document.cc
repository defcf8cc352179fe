#include "report/inspect_document.h"

#include <cstdio>

#include "instrument/figures/copy_figures.h"
#include "instrument/profile/frame_text.h"

namespace chunkmark::report {
namespace {

constexpr std::size_t kBuffersShown = 20;

json::array buffers_json(const std::vector<profile::Site>& sites, const capture::StackTree& tree) {
  json::array buffers;
  for (const profile::Site& site : sites) {
    if (buffers.size() == kBuffersShown) break;
    json::array stack;
    for (const std::string& line : profile::stack_text(tree, site.stack)) stack.push_back(json::value(line));
    buffers.push_back(json::object{{"site", site.name},
                                   {"bytes", site.bytes},
                                   {"bytes_before", site.bytes - site.grown()},
                                   {"blocks", site.blocks},
                                   {"stack", std::move(stack)}});
  }
  return buffers;
}

// What the capture's end says of its main process; null in a capture that was cut off, or made by something else.
json::value end_value(const profile::CaptureAnalysis& capture, std::string_view key) {
  const json::value* processes = capture.reader().end().if_contains("processes");
  if (processes == nullptr || !processes->is_array()) return nullptr;
  for (const json::value& entry : processes->get_array()) {
    if (!entry.is_object()) continue;
    const json::value* number = entry.get_object().if_contains("process");
    const json::value* value = entry.get_object().if_contains(key);
    if (number == nullptr || value == nullptr || !number->is_number()) continue;
    if (number->to_number<double>() == static_cast<double>(capture.main_process())) return *value;
  }
  return nullptr;
}

// What is wrong with the marks; empty when there are none, or one "begin" and one "end" behind it.
std::string marks_problem(const profile::CaptureAnalysis& capture) {
  const profile::Analysis& analysis = capture.main();
  std::string found;
  for (const capture::Mark& mark : analysis.marks()) {
    if (mark.name == "begin" || mark.name == "end") found += (found.empty() ? "" : ", ") + mark.name;
  }
  if (found.empty() || found == "begin, end") return "";
  const char* figures = !analysis.has_window()        ? "the whole run"
                        : analysis.window_ended()     ? "the first begin to the end that follows it"
                        : capture.reader().complete() ? "the first begin to the end of the run"
                                                      : "the first begin to where the capture is cut";
  return "expected the marks begin and end once each, in this order, found " + found + ": the figures are of " +
         figures;
}

// What a cut or damaged capture leaves of the figures, in words.
std::string known_text(const profile::CaptureAnalysis& capture) {
  char until[64];
  std::snprintf(until, sizeof until, "%.1f ms", static_cast<double>(capture.main().totals().end_ns) / 1e6);
  switch (capture.known()) {
    case profile::Known::kNothing:
      return "no event could be read: no figure is known";
    case profile::Known::kSoFar:
      return "the figures are of what could be read, up to " + std::string(until) +
             ": peaks and sums are at least that, the others are unknown";
    default:
      return "the marked operation is whole, what came after it is unknown";
  }
}

// array_bytes: what was asked for, or 0.
json::array findings_json(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  json::array findings;
  const capture::CaptureReader& reader = capture.reader();
  if (!reader.complete()) {
    findings.push_back(json::value(reader.problem()));
    findings.push_back(json::value(known_text(capture)));
  }
  if (const std::uint64_t own = capture.array_bytes(); own != 0 && array_bytes != 0 && own != array_bytes) {
    findings.push_back(json::value("the figures are of an array of " + std::to_string(array_bytes) +
                                   " bytes, as asked for; the capture was made for one of " + std::to_string(own)));
  }
  if (reader.processes().size() > 1) {
    const capture::Process& process = reader.processes()[capture.main_process()];
    findings.push_back(json::value(std::to_string(reader.processes().size()) +
                                   " processes were traced; the figures are of process " + std::to_string(process.pid) +
                                   ": " + process.command));
  }
  if (const json::value* refused = reader.end().if_contains("untraced_processes");
      refused != nullptr && refused->is_number() && refused->to_number<double>() > 0) {
    const bool one = refused->to_number<double>() == 1;
    findings.push_back(
        json::value(json::serialize(*refused) + (one ? " process" : " processes") + " found no room and ran untraced"));
  }
  if (const json::value version = end_value(capture, "python_not_read"); version.is_string()) {
    findings.push_back(json::value("the Python frames of CPython " + std::string(version.get_string()) +
                                   " were not read (3.11 to 3.13 are): stacks show the interpreter's own functions"));
  }
  if (const std::string problem = marks_problem(capture); !problem.empty()) {
    findings.push_back(json::value(problem));
  }
  return findings;
}

json::value text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? *value : json::value(nullptr);
}

}  // namespace

json::object inspect_document(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  const profile::Analysis& analysis = capture.main();
  const profile::Totals& totals = analysis.totals();
  const capture::StackTree& tree = capture.reader().stacks();
  json::array findings = findings_json(capture, array_bytes);
  if (array_bytes == 0) array_bytes = capture.array_bytes();

  json::object document;
  document["format"] = "chunkmark-capture";
  document["command"] = text_of(capture.reader().meta(), "command_line");
  document["started"] = text_of(capture.reader().meta(), "started");
  const auto milliseconds = [](std::uint64_t ns) { return json::value(static_cast<double>(ns) / 1e6); };
  const auto known_at = [known = capture.known()](profile::Known least, json::value figure) {
    return known >= least ? std::move(figure) : json::value(nullptr);
  };
  const auto so_far = [&](json::value figure) { return known_at(profile::Known::kSoFar, std::move(figure)); };
  const auto at_end = [&](json::value figure) { return known_at(profile::Known::kAll, std::move(figure)); };
  const bool whole = capture.known() == profile::Known::kAll;
  document["duration_seconds"] = capture.reader().complete()
                                     ? json::value(static_cast<double>(capture.duration_ns()) / 1e9)
                                     : json::value(nullptr);
  document["known_until_ms"] =
      capture.known() == profile::Known::kSoFar ? milliseconds(totals.end_ns) : json::value(nullptr);
  document["window"] = analysis.has_window() ? json::value{{"begin_ms", static_cast<double>(totals.begin_ns) / 1e6},
                                                           {"end_ms", static_cast<double>(totals.end_ns) / 1e6}}
                                             : json::value(nullptr);
  document["marks_fit"] = marks_problem(capture).empty();
  document["allocations"] = so_far(totals.allocations);
  document["peak_heap_bytes"] = so_far(totals.peak_heap_bytes);
  document["peak_ms"] = so_far(milliseconds(totals.peak_time_ns));
  document["heap_at_begin_bytes"] =
      analysis.has_window() ? json::value(totals.heap_at_begin_bytes) : at_end(totals.heap_at_begin_bytes);
  document["malloc_peak_bytes"] = so_far(totals.malloc_peak_bytes);
  document["live_at_end_bytes"] = at_end(totals.live_at_end_bytes);
  document["bytes_copied"] = at_end(totals.bytes_copied);
  document["copies"] = at_end(totals.copies);
  document["bytes_realloc_moved"] = so_far(totals.bytes_realloc_moved);
  document["bytes_in"] = so_far(totals.bytes_in);
  document["bytes_out"] = so_far(totals.bytes_out);
  const json::value high_water = end_value(capture, "resident_high_water_bytes");
  const auto resident = [&](std::uint64_t bytes) {
    return capture.resident_known() ? json::value(bytes) : json::value(nullptr);
  };
  document["resident"] = {{"anonymous_bytes", resident(totals.anonymous_peak_bytes)},
                          {"file_bytes", resident(totals.file_peak_bytes)},
                          {"high_water_bytes", high_water.is_number() ? high_water : json::value(nullptr)}};
  figures::CopyFigures figures;
  if (array_bytes > 0) figures = figures::copy_figures(capture, array_bytes);
  if (array_bytes > 0 && whole && !figures.array_seen) {
    findings.push_back(json::value("no buffer of " + std::to_string(array_bytes) +
                                   " bytes was alive at the heap peak: nothing can be said about copies of it"));
  }
  document["array_bytes"] = array_bytes > 0 ? json::value(array_bytes) : json::value(nullptr);
  const bool told = array_bytes > 0 && whole && figures.array_seen;
  for (const auto& [name, value] : figures::to_json(figures)) document[name] = told ? value : json::value(nullptr);
  document["buffers_at_peak"] =
      buffers_json(array_bytes > 0 ? figures.sites : profile::sites_at_peak(analysis, tree), tree);
  document["findings"] = std::move(findings);
  return document;
}

}  // namespace chunkmark::report
