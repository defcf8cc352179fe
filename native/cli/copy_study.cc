#include "native/cli/copy_study.h"

#include "base/error.h"
#include "native/cli/capture_file.h"
#include "native/cli/child_process.h"
#include "native/cli/files.h"
#include "native/cli/peers.h"
#include "native/cli/places.h"
#include "native/cli/report_file.h"
#include "native/trace/launcher.h"

namespace chunkmark::cli {
namespace {

constexpr int kEngineHasNoSuchCase = 3;  // exit status of peer.py

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

std::string joined(const array::Shape& shape) {
  std::string text;
  for (const std::uint64_t extent : shape) text += (text.empty() ? "" : ",") + std::to_string(extent);
  return text;
}

// Twice the extent along the two longest dimensions of a square: four times the bytes, still one chunk.
study::CopyCase four_times(study::CopyCase copy_case) {
  for (std::size_t i = 0; i < copy_case.shape.size() && i < 2; ++i) {
    copy_case.shape[i] *= copy_case.shape.size() == 1 ? 4 : 2;
    copy_case.chunk_shape[i] *= copy_case.shape.size() == 1 ? 4 : 2;
  }
  return copy_case;
}

}  // namespace

std::filesystem::path CopyStudy::folder_of(const study::CopyCase& copy_case) const {
  study::CopyCase stored = copy_case;  // a read finds what the write of the same cell has left
  stored.operation = "array-" + std::to_string(copy_case.array_bytes());
  return options_.store_folder / stored.name();
}

std::vector<std::string> CopyStudy::command(const study::CopyCase& copy_case) const {
  const std::string threads = std::to_string(options_.threads);
  if (copy_case.engine == "chunkmark") {
    return {own_program().string(),        "copy-case", json::serialize(to_json(copy_case)),
            folder_of(copy_case).string(), "--threads", threads};
  }
  return {peer_python(copy_case.engine).value().string(),
          peer_script().string(),
          copy_case.operation,
          "--engine",
          copy_case.engine,
          "--path",
          folder_of(copy_case).string(),
          "--format",
          copy_case.format,
          "--codec",
          copy_case.codec,
          "--shape",
          joined(copy_case.shape),
          "--dtype",
          array::dtype_name(copy_case.dtype),
          "--data",
          copy_case.data,
          "--threads",
          threads};
}

// False if the engine has no such case.
bool CopyStudy::trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const {
  trace::TraceOptions options;
  options.command = command(copy_case);
  options.capture_path = capture;
  options.array_bytes = copy_case.array_bytes();
  options.discard_output = true;
  const trace::TraceResult result = trace::trace_command(options);
  if (copy_case.engine != "chunkmark" && result.exit_status == kEngineHasNoSuchCase) return false;
  if (result.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the traced process ended with exit status " + std::to_string(result.exit_status));
  }
  return true;
}

study::CopyFigures CopyStudy::figures(const study::CopyCase& copy_case, const std::filesystem::path& path) const {
  const MappedFile file(path);
  const profile::CaptureAnalysis capture(capture_file(file, path.filename().string()));
  if (!capture.main().has_window()) {
    throw Error(ErrorCode::kCorrupt, path.filename().string() + ": expected the marks begin and end, found none");
  }
  return study::copy_figures(capture, copy_case.array_bytes());
}

// Of the heap beside the array, how many bytes came with each byte of array.
std::optional<double> CopyStudy::slope(const study::CopyCase& copy_case, const study::CopyFigures& small) const {
  const study::CopyCase large_case = four_times(copy_case);
  const std::filesystem::path capture = options_.store_folder / "slope.cmk";
  if (!trace(large_case, capture)) return std::nullopt;
  const study::CopyFigures large = figures(large_case, capture);
  const auto extra_bytes = [](const study::CopyFigures& of) {
    return of.extra_heap * static_cast<double>(of.array_bytes);
  };
  return (extra_bytes(large) - extra_bytes(small)) / static_cast<double>(large.array_bytes - small.array_bytes);
}

void CopyStudy::time(const study::CopyCase& copy_case, study::CopyResult& result) const {
  std::vector<std::string> words = command(copy_case);
  words.insert(words.end(), {"--time", std::to_string(std::max(options_.repeat, 1u))});
  const ChildOutput output = run_child(words);
  if (output.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the timed process ended with exit status " + std::to_string(output.exit_status));
  }
  const json::value told = parse_json(output.out, copy_case.name());
  if (copy_case.engine != "chunkmark") {
    // {"zarr": "2.18.7", "numcodecs": ...}: the library itself stands first.
    const json::value* versions = told.is_object() ? told.get_object().if_contains("versions") : nullptr;
    if (versions != nullptr && versions->is_object() && !versions->get_object().empty()) {
      result.engine_version = json::value_to<std::string>(versions->get_object().begin()->value());
    }
  }
  if (options_.repeat > 0) {
    result.seconds = json::value_to<std::vector<double>>(told.is_object() ? told.at("seconds") : told);
  }
}

std::optional<study::CopyResult> CopyStudy::run(const study::CopyCase& copy_case) {
  study::CopyResult result;
  result.copy_case = copy_case;
  result.engine_version = CHUNKMARK_VERSION;
  result.capture = "captures/" + copy_case.name() + ".cmk";
  result.report = "reports/" + copy_case.name() + ".html";
  const std::filesystem::path capture_path = options_.run_folder / result.capture;
  std::filesystem::create_directories(capture_path.parent_path());
  if (!trace(copy_case, capture_path)) {
    std::filesystem::remove(capture_path);
    return std::nullopt;
  }
  result.figures = figures(copy_case, capture_path);
  result.stored_bytes = bytes_below(folder_of(copy_case));
  if (options_.slope) result.slope = slope(copy_case, result.figures);
  time(copy_case, result);
  write_report(capture_path, copy_case.array_bytes(), copy_case.name(), study::to_json(result),
               options_.run_folder / result.report);
  return result;
}

}  // namespace chunkmark::cli
