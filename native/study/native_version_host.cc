#include "native/study/native_version_host.h"

#include "base/error.h"
#include "base/json_members.h"
#include "instrument/profile/capture_analysis.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "native/os/utc_time.h"
#include "native/study/child_process.h"
#include "native/study/environment.h"
#include "native/study/peer_environment.h"
#include "native/study/store_filesystem.h"
#include "native/study/version_bytes.h"
#include "native/study/version_replay.h"
#include "native/trace/capture_file.h"
#include "native/trace/launcher.h"
#include "study/version_engines.h"

namespace chunkmark::native_study {
namespace {

namespace fs = std::filesystem;

// What an engine stored, a file or a folder, gone when it was looked at.
class Stored {
 public:
  explicit Stored(fs::path path) : path_(std::move(path)) { fs::remove_all(path_); }
  ~Stored() {
    std::error_code ignored;  // the study's own folder goes as a whole in the end
    fs::remove_all(path_, ignored);
  }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;

 private:
  fs::path path_;
};

}  // namespace

study::Origin NativeVersionHost::origin() {
  return {options_.id, "native", options_.version, environment(), filesystem_name(options_.store_folder)};
}

std::string NativeVersionHost::utc_now() {
  return os::utc_now();
}

void NativeVersionHost::write_file(const std::string& name, std::string_view text) {
  fs::create_directories(options_.run_folder);
  os::write_file(options_.run_folder / name, text);
}

// One file for all engines of a cell.
void NativeVersionHost::write_history(const study::VersionCase& version_case) {
  std::string wanted = version_case.workload + "-" + std::to_string(version_case.transactions);
  if (wanted == history_of_) return;
  os::write_file(options_.store_folder / "history", study::history_bytes(version_case.workload, version_case.mode,
                                                                         version_case.seed, version_case.transactions));
  history_of_ = std::move(wanted);
}

std::vector<std::string> NativeVersionHost::command(const study::VersionCase& version_case, bool trace) {
  json::object task = to_json(VersionTask{version_case, fs::absolute(store()).string(), trace});
  const std::string& environment = study::version_engine(version_case.engine).environment;
  if (environment.empty()) return {os::own_program().string(), "version-case", json::serialize(task)};
  const auto python = peer_python(environment);
  if (!python) {
    throw Error(ErrorCode::kNotFound, version_case.engine + ": not installed; " + install_command() + " installs it");
  }
  write_history(version_case);
  task["history"] = fs::absolute(options_.store_folder / "history").string();
  return {python->string(), "-W", "ignore", (os::peers_folder() / "versions.py").string(), json::serialize(task)};
}

json::object NativeVersionHost::replay(const study::VersionCase& version_case) {
  const Stored stored(store());
  const ChildOutput output = run_child(command(version_case, false));
  if (output.exit_status == 130) throw Error(ErrorCode::kCancelled, "interrupted");
  if (output.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                version_case.engine + ": its process ended with status " + std::to_string(output.exit_status));
  }
  json::object answer = as_object(parse_json(output.out, version_case.engine), "the answer", version_case.engine);
  if (fs::is_regular_file(store())) {  // not that of a database in a folder
    const bool versioned = study::version_engine(version_case.engine).versioned;
    for (const auto& [name, value] : version_bytes(store(), versioned, version_case.compression != "none")) {
      answer[name] = value;
    }
  }
  return answer;
}

figures::Inspection NativeVersionHost::trace(const study::VersionCase& version_case, const std::string& capture) {
  const Stored stored(store());
  const fs::path path = options_.run_folder / capture;
  fs::create_directories(path.parent_path());
  trace::TraceOptions options;
  options.command = command(version_case, true);
  options.capture_path = path;
  options.output = trace::CommandOutput::kDiscarded;
  options.fingerprints = options_.fingerprints;
  const trace::TraceResult result = trace::trace_command(options);
  if (result.signal != 0) throw Error(ErrorCode::kCancelled, "interrupted");
  if (result.exit_status != 0) {
    throw Error(ErrorCode::kIo, version_case.engine + ": the traced process ended with exit status " +
                                    std::to_string(result.exit_status));
  }
  const os::MappedFile file(path);
  return figures::inspect(profile::CaptureAnalysis(trace::capture_file(file, path.filename().string())), 0);
}

}  // namespace chunkmark::native_study
