#include "native/cli/copy_study.h"

#include <memory>

#include "base/error.h"
#include "native/cli/capture_file.h"
#include "native/cli/free_memory.h"
#include "native/cli/peers.h"
#include "native/cli/report_file.h"
#include "native/cli/timed_process.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "native/trace/launcher.h"

namespace chunkmark::cli {
namespace {

// The array, what is stored of it, and two copies on the way.
constexpr std::uint64_t kArraysWarmed = 4;

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

// Four times the bytes in as many chunks: array and chunk twice as long along the first two dimensions, or four times
// along the only one.
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
    return {os::own_program().string(),
            "copy-case",
            json::serialize(to_json(copy_case)),
            folder_of(copy_case).string(),
            "--threads",
            threads,
            "--durability",
            options_.durability};
  }
  return {peer_python(copy_case.engine).value().string(),
          (os::peers_folder() / "peer.py").string(),
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
          "--chunks",
          joined(copy_case.chunk_shape),
          "--dtype",
          array::dtype_name(copy_case.dtype),
          "--data",
          copy_case.data,
          "--threads",
          threads};
}

void CopyStudy::trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const {
  trace::TraceOptions options;
  options.command = command(copy_case);
  options.capture_path = capture;
  options.array_bytes = copy_case.array_bytes();
  options.output = trace::CommandOutput::kDiscarded;
  const trace::TraceResult result = trace::trace_command(options);
  // Whoever sent a signal meant the whole study.
  if (result.signal != 0) throw Error(ErrorCode::kCancelled, "interrupted");
  if (result.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the traced process ended with exit status " + std::to_string(result.exit_status));
  }
}

figures::CopyFigures CopyStudy::figures(const study::CopyCase& copy_case, const std::filesystem::path& path) const {
  const os::MappedFile file(path);
  const profile::CaptureAnalysis capture(capture_file(file, path.filename().string()));
  if (!capture.main().has_window()) {
    throw Error(ErrorCode::kCorrupt, path.filename().string() + ": expected the marks begin and end, found none");
  }
  return figures::copy_figures(capture, copy_case.array_bytes());
}

void CopyStudy::store(const study::CopyCase& write) const {
  // Traced as all cases are, so that signals are told to it in the same way.
  const std::filesystem::path unrecorded = options_.store_folder / "unrecorded.cmk";
  trace(write, unrecorded);
  if (options_.slope) trace(four_times(write), unrecorded);
}

// Of the heap beside the array, how many bytes came with each byte of array.
double CopyStudy::slope(const study::CopyCase& copy_case, const figures::CopyFigures& small) const {
  const study::CopyCase large_case = four_times(copy_case);
  const std::filesystem::path capture = options_.store_folder / "slope.cmk";
  trace(large_case, capture);
  const figures::CopyFigures large = figures(large_case, capture);
  const auto extra_bytes = [](const figures::CopyFigures& of) {
    return of.extra_heap * static_cast<double>(of.array_bytes);
  };
  return (extra_bytes(large) - extra_bytes(small)) / static_cast<double>(large.array_bytes - small.array_bytes);
}

void CopyStudy::time(std::vector<study::CopyResult>& cell, const TellFailure& tell) const {
  std::vector<std::unique_ptr<TimedProcess>> processes(cell.size());
  const auto ask = [&](std::size_t i, bool counts) {
    study::CopyResult& result = cell[i];
    const json::object answer = processes[i]->call();
    if (const json::value* versions = answer.if_contains("versions")) {
      result.libraries = versions->as_object();
      result.engine_version = json::value_to<std::string>(result.libraries.begin()->value());
    }
    if (!counts) return;
    result.seconds.push_back(answer.at("seconds").to_number<double>());
    result.processor.push_back(answer.at("processor").to_number<double>());
  };
  for (std::size_t i = 0; i < cell.size(); ++i) {
    std::vector<std::string> words = command(cell[i].copy_case);
    words.emplace_back("--time");
    processes[i] = std::make_unique<TimedProcess>(cell[i].copy_case.name(), words);
  }
  for (unsigned round = 0; round < options_.repeat + 1; ++round) {
    for (std::size_t turn = 0; turn < cell.size(); ++turn) {
      const std::size_t i = (turn + round) % cell.size();  // nobody always comes after the same one
      if (processes[i] == nullptr) continue;
      warm_free_memory(kArraysWarmed * cell[i].copy_case.array_bytes());
      try {
        ask(i, round > 0);
      } catch (const std::exception& error) {
        tell(cell[i].copy_case, error);
        processes[i].reset();
        cell[i].seconds.clear();
        cell[i].processor.clear();
      }
    }
  }
}

study::CopyResult CopyStudy::measure(const study::CopyCase& copy_case) const {
  study::CopyResult result;
  result.copy_case = copy_case;
  result.engine_version = CHUNKMARK_VERSION;
  result.store_filesystem = options_.store_filesystem;
  result.durability = options_.durability;
  result.threads = options_.threads;
  result.capture = "captures/" + copy_case.name() + ".cmk";
  result.report = "reports/" + copy_case.name() + ".html";
  const std::filesystem::path capture_path = options_.run_folder / result.capture;
  std::filesystem::create_directories(capture_path.parent_path());
  trace(copy_case, capture_path);
  result.figures = figures(copy_case, capture_path);
  result.stored_bytes = bytes_below(folder_of(copy_case));
  if (options_.slope) result.slope = slope(copy_case, result.figures);
  return result;
}

void CopyStudy::report(const study::CopyResult& result) const {
  write_report(options_.run_folder / result.capture, result.figures.array_bytes, result.copy_case.name(),
               study::to_json(result), options_.run_folder / result.report);
}

}  // namespace chunkmark::cli
