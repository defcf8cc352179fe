#include "native/cli/copy_study.h"

#include "base/error.h"
#include "native/cli/child_process.h"
#include "native/cli/files.h"
#include "native/cli/places.h"
#include "native/cli/report_file.h"
#include "native/trace/launcher.h"

namespace chunkmark::cli {
namespace {

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

CopyStudy::CopyStudy(std::filesystem::path run_folder, std::filesystem::path store_folder, unsigned repeat)
    : run_folder_(std::move(run_folder)), store_folder_(std::move(store_folder)), repeat_(repeat) {}

std::filesystem::path CopyStudy::folder_of(const study::CopyCase& copy_case) const {
  study::CopyCase stored = copy_case;  // a read finds what the write of the same cell has left
  stored.operation = "array";
  return store_folder_ / stored.name();
}

std::vector<std::string> CopyStudy::command(const study::CopyCase& copy_case) const {
  return {own_program().string(), "copy-case", json::serialize(to_json(copy_case)), folder_of(copy_case).string()};
}

void CopyStudy::trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const {
  trace::TraceOptions options;
  options.command = command(copy_case);
  options.capture_path = capture;
  options.array_bytes = copy_case.array_bytes();
  const trace::TraceResult result = trace::trace_command(options);
  if (result.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the traced process ended with exit status " + std::to_string(result.exit_status));
  }
}

std::vector<double> CopyStudy::time(const study::CopyCase& copy_case) const {
  if (repeat_ == 0) return {};
  std::vector<std::string> words = command(copy_case);
  words.insert(words.end(), {"--time", std::to_string(repeat_)});
  const ChildOutput output = run_child(words);
  if (output.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the timed process ended with exit status " + std::to_string(output.exit_status));
  }
  return json::value_to<std::vector<double>>(parse_json(output.out, copy_case.name()));
}

study::CopyResult CopyStudy::run(const study::CopyCase& copy_case) {
  study::CopyResult result;
  result.copy_case = copy_case;
  result.engine_version = CHUNKMARK_VERSION;
  result.capture = "captures/" + copy_case.name() + ".cmk";
  result.report = "reports/" + copy_case.name() + ".html";
  const std::filesystem::path capture_path = run_folder_ / result.capture;
  std::filesystem::create_directories(capture_path.parent_path());
  trace(copy_case, capture_path);
  {
    const MappedFile file(capture_path);
    const profile::CaptureAnalysis capture(file.bytes(), result.capture);
    if (!capture.main().has_window()) {
      throw Error(ErrorCode::kCorrupt, result.capture + ": expected the marks begin and end, found none");
    }
    result.figures = study::copy_figures(capture, copy_case.array_bytes());
  }
  result.stored_bytes = bytes_below(folder_of(copy_case));
  result.seconds = time(copy_case);
  write_report(capture_path, copy_case.array_bytes(), copy_case.name(), study::to_json(result),
               run_folder_ / result.report);
  return result;
}

}  // namespace chunkmark::cli
