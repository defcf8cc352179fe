#include "report/report_document.h"

#include <algorithm>

#include "base/error.h"
#include "report/inspect_document.h"
#include "report/packed_columns.h"

namespace chunkmark::report {
namespace {

constexpr std::string_view kPlaceholder = "@@REPORT_DATA@@";

double milliseconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

// Each bucket's extremes in the order in which they came, so that no peak is lost.
void add_series(const profile::Series& series, json::array& times, json::array& values) {
  for (const profile::Series::Bucket& bucket : series.buckets()) {
    if (bucket.empty) continue;
    const auto add = [&](std::uint64_t ns, std::uint64_t value) {
      times.push_back(milliseconds(ns));
      values.push_back(value);
    };
    if (bucket.min == bucket.max) {
      add(bucket.first_ns, bucket.last);
    } else if (bucket.min_ns < bucket.max_ns) {
      add(bucket.min_ns, bucket.min);
      add(bucket.max_ns, bucket.max);
    } else {
      add(bucket.max_ns, bucket.max);
      add(bucket.min_ns, bucket.min);
    }
  }
}

json::object timeline_json(const profile::Analysis& analysis) {
  json::array times, heap;
  add_series(analysis.heap(), times, heap);
  return {{"t_ms", std::move(times)}, {"heap", std::move(heap)}};
}

// Anonymous and file-backed are sampled together, so their buckets have the same bounds.
json::object resident_json(const profile::Analysis& analysis) {
  json::array times, anonymous, file;
  const auto& anonymous_buckets = analysis.anonymous().buckets();
  const auto& file_buckets = analysis.file().buckets();
  for (std::size_t i = 0; i < anonymous_buckets.size() && i < file_buckets.size(); ++i) {
    if (anonymous_buckets[i].empty || file_buckets[i].empty) continue;
    times.push_back(milliseconds(anonymous_buckets[i].first_ns));
    anonymous.push_back(anonymous_buckets[i].max);
    file.push_back(file_buckets[i].max);
  }
  return {{"t_ms", std::move(times)}, {"anonymous", std::move(anonymous)}, {"file", std::move(file)}};
}

json::array marks_json(const profile::Analysis& analysis) {
  json::array marks;
  for (const capture::Mark& mark : analysis.marks()) {
    marks.push_back(json::object{{"t_ms", milliseconds(mark.time_ns)}, {"name", mark.name}});
  }
  return marks;
}

}  // namespace

json::object report_document(const profile::CaptureProfile& capture, const figures::Inspection& inspection,
                             std::string_view title, const json::value& result, const SourceReader& reader) {
  profile::DisplayTree tree(capture.analysis.reader().stacks());
  return report_document(capture.analysis, capture.columns, tree, inspection, title, result, reader);
}

json::object report_document(const profile::CaptureAnalysis& capture, const profile::Columns& columns,
                             profile::DisplayTree& tree, const figures::Inspection& inspection, std::string_view title,
                             const json::value& result, const SourceReader& reader) {
  const profile::Analysis& analysis = capture.main();
  json::object document{{"schema", "chunkmark.report/2"},
                        {"title", title},
                        {"figures", inspect_document(inspection)},
                        {"result", result},
                        {"timeline", timeline_json(analysis)},
                        {"resident", resident_json(analysis)},
                        {"marks", marks_json(analysis)}};
  document["detail"] = {{"instants", columns.instants}, {"stacks", columns.stacks}, {"shown", columns.kept_stacks}};
  add_packed_columns(document, columns, tree, reader);
  return document;
}

std::string report_page(std::string_view page, const json::object& document) {
  const std::size_t at = page.find(kPlaceholder);
  if (at == std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, "report page: expected the placeholder " + std::string(kPlaceholder));
  }
  std::string data;
  for (const char c : json::serialize(document)) {
    // "</script>" or "<!--" within a function's name would end or change the element.
    if (c == '<') {
      data += "\\u003c";
    } else {
      data += c;
    }
  }
  return std::string(page.substr(0, at)) + data + std::string(page.substr(at + kPlaceholder.size()));
}

}  // namespace chunkmark::report
