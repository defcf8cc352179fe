#include "native/cli/report_file.h"

#include "base/error.h"
#include "native/cli/capture_file.h"
#include "native/cli/source_files.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "record/run_record.h"
#include "report/report_document.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

const json::value* member(const json::value& value, const char* key) {
  const json::object* object = value.if_object();
  return object != nullptr ? object->if_contains(key) : nullptr;
}

std::string text_member(const json::value& value, const char* key) {
  const json::value* text = member(value, key);
  return text != nullptr && text->is_string() ? std::string(text->get_string()) : "";
}

json::object document_of(const fs::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                         const json::value& result, ReportNotes& notes) {
  const os::MappedFile mapped(capture_path);
  const profile::CaptureProfile capture =
      profile::read_profile(capture_file(mapped, capture_path.string()), report::kReportCoarseness);
  const figures::Inspection inspection = figures::inspect(capture.analysis, array_bytes);
  notes.complete &= capture.analysis.reader().complete();
  notes.findings.insert(notes.findings.end(), inspection.findings.begin(), inspection.findings.end());
  return report::report_document(capture, inspection, title, result, source_files(inspection.started.value_or("")));
}

void write_page(const json::object& document, const fs::path& out, const char* page_name = "report.html") {
  const os::MappedFile page(os::web_folder() / page_name);
  os::write_file(out, report::report_page(as_text(page.bytes()), document));
}

}  // namespace

ReportNotes write_report(const fs::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                         const json::value& result, const fs::path& out) {
  ReportNotes notes;
  write_page(document_of(capture_path, array_bytes, title, result, notes), out);
  return notes;
}

ReportNotes write_run_report(const fs::path& record_path, const fs::path& out) {
  json::object record;
  {
    const os::MappedFile file(record_path);
    record = record::read_run(as_text(file.bytes()), record_path.string());
  }
  ReportNotes notes;
  if (record::kind_of(record) == record::kVersionsKind) {
    write_page({{"schema", "chunkmark.versions-report/1"}, {"run", std::move(record)}}, out, "versions.html");
    return notes;
  }
  json::array reports;
  for (const json::value& result : record.at("results").as_array()) {
    const std::string capture = text_member(result, "capture");
    const fs::path path = record_path.parent_path() / capture;
    // The page has the row of the record already.
    reports.push_back(!capture.empty() && fs::is_regular_file(path)
                          ? json::value(document_of(path, 0, fs::path(capture).stem().string(), nullptr, notes))
                          : json::value(nullptr));
  }
  write_page({{"schema", "chunkmark.run-report/1"}, {"run", std::move(record)}, {"reports", std::move(reports)}}, out);
  return notes;
}

}  // namespace chunkmark::cli
