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

json::object read_record(const fs::path& path) {
  const os::MappedFile file(path);
  return record::read_run(as_text(file.bytes()), path.string());
}

fs::path file_of_result(const fs::path& run_folder, const json::value& result, const char* key) {
  const fs::path name = fs::path(text_member(result, key)).lexically_normal();
  const bool inside = !name.empty() && name.is_relative() && *name.begin() != "..";
  return inside ? run_folder / name : fs::path();
}

ReportNotes write_report(const fs::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                         const json::value& result, const fs::path& out) {
  ReportNotes notes;
  write_page(document_of(capture_path, array_bytes, title, result, notes), out);
  return notes;
}

ReportNotes write_run_report(const fs::path& record_path, const fs::path& out) {
  json::object record = read_record(record_path);
  ReportNotes notes;
  if (record::kind_of(record) == record::kVersionsKind) {
    write_page({{"schema", "chunkmark.versions-report/1"}, {"run", std::move(record)}}, out, "versions.html");
    return notes;
  }
  json::array reports;
  for (const json::value& result : record.at("results").as_array()) {
    const fs::path capture = file_of_result(record_path.parent_path(), result, "capture");
    // The page has the row of the record already.
    reports.push_back(fs::is_regular_file(capture)
                          ? json::value(document_of(capture, 0, capture.stem().string(), nullptr, notes))
                          : json::value(nullptr));
  }
  write_page({{"schema", "chunkmark.run-report/1"}, {"run", std::move(record)}, {"reports", std::move(reports)}}, out);
  return notes;
}

void write_missing_reports(const fs::path& run_folder) {
  const json::object record = read_record(run_folder / "run.json");
  if (record::kind_of(record) == record::kVersionsKind) {
    if (!fs::exists(run_folder / "report.html")) write_run_report(run_folder / "run.json", run_folder / "report.html");
    return;
  }
  for (const json::value& result : record.at("results").as_array()) {
    const fs::path capture = file_of_result(run_folder, result, "capture");
    const fs::path page = file_of_result(run_folder, result, "report");
    if (page.empty() || fs::exists(page) || !fs::is_regular_file(capture)) continue;
    fs::create_directories(page.parent_path());
    write_report(capture, 0, capture.stem().string(), result, page);
  }
}

}  // namespace chunkmark::cli
