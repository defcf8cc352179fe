// The HTML reports as files: of one capture, of a whole run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace chunkmark::cli {

// What is to be told of the captures that a page was made of.
struct ReportNotes {
  bool complete = true;               // none is cut or damaged
  std::vector<std::string> findings;  // as inspect tells them
};

// `result`: the capture's row in a run record, or null. Errors: kNotFound without the bundled page or the capture.
ReportNotes write_report(const std::filesystem::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                         const json::value& result, const std::filesystem::path& out);

// A run record. Errors: kNotFound, kCorrupt if it is none, kUnsupported if it is of another kind.
json::object read_record(const std::filesystem::path& path);

// The file of a run's folder that a result names ("capture", "report"); empty where it names none, or one that would
// lie outside.
std::filesystem::path file_of_result(const std::filesystem::path& run_folder, const json::value& result,
                                     const char* key);

// `record_path`: a run record (run.json) of either study; captures are looked for beside it. A result whose capture is
// not there has no report. Errors: kNotFound, kCorrupt if it is no run record, kUnsupported if it is of another kind.
ReportNotes write_run_report(const std::filesystem::path& record_path, const std::filesystem::path& out);

// In a run's folder: each report that the record names, and the page of a transaction study, where it is not there and
// can be made.
void write_missing_reports(const std::filesystem::path& run_folder);

}  // namespace chunkmark::cli
