#include "native/study/native_host.h"

#include "base/error.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "native/os/utc_time.h"
#include "native/store/open_store.h"
#include "native/study/environment.h"
#include "native/study/free_memory.h"
#include "native/study/peer_environment.h"
#include "native/study/store_filesystem.h"
#include "native/study/timed_process.h"
#include "native/trace/capture_file.h"
#include "native/trace/launcher.h"
#include "study/copy_task.h"

namespace chunkmark::native_study {
namespace {

namespace fs = std::filesystem;

// The array, what is stored of it, and two copies on the way.
constexpr std::uint64_t kArraysWarmed = 4;

std::uint64_t bytes_in(store::Store& store, const std::string& prefix) {
  std::uint64_t bytes = 0;
  for (const std::string& name : store.list(prefix)) {
    const bool is_group = name.back() == '/';
    const std::string key = store::join_key(prefix, name.substr(0, name.size() - (is_group ? 1 : 0)));
    if (is_group) {
      bytes += bytes_in(store, key);
    } else if (const auto object = store.open(key)) {
      bytes += object->size();
    }
  }
  return bytes;
}

class TimedChild final : public study::TimedCase {
 public:
  TimedChild(const study::CopyCase& copy_case, const std::vector<std::string>& command)
      : process_(copy_case.name(), command), array_bytes_(copy_case.array_bytes()) {}

  study::CallTime call() override {
    warm_free_memory(kArraysWarmed * array_bytes_);
    const json::object answer = process_.call();
    study::CallTime time;
    time.seconds = answer.at("seconds").to_number<double>();
    time.processor = answer.at("processor").to_number<double>();
    if (const json::value* versions = answer.if_contains("versions")) time.libraries = versions->as_object();
    if (const json::value* newer = answer.if_contains("newer")) {
      time.newer = {json::value_to<std::string>(newer->at("version")),
                    json::value_to<std::string>(newer->at("python"))};
    }
    return time;
  }

 private:
  TimedProcess process_;
  std::uint64_t array_bytes_;
};

}  // namespace

study::Origin NativeHost::origin() {
  const bool is_folder = options_.store_url.empty();
  const std::string scheme = options_.store_url.substr(0, options_.store_url.find(':'));
  return {options_.id, "native", options_.version, environment(),
          is_folder ? filesystem_name(options_.store_folder) : scheme};
}

std::string NativeHost::utc_now() {
  return os::utc_now();
}

std::string NativeHost::store_of(const study::CopyCase& copy_case) const {
  study::CopyCase stored = copy_case;  // a read finds what the write of the same cell has left
  stored.operation = "array-" + std::to_string(copy_case.array_bytes());
  if (!options_.store_url.empty()) return options_.store_url + "/" + stored.name();
  return fs::absolute(options_.store_folder / stored.name()).string();
}

std::vector<std::string> NativeHost::command(const study::CopyCase& copy_case) const {
  const std::string task =
      json::serialize(to_json(study::CopyTask{copy_case, store_of(copy_case), options_.threads, options_.durability}));
  if (copy_case.engine == "chunkmark") return {os::own_program().string(), "copy-case", task};
  const auto python = peer_python(copy_case.engine);
  if (!python) {
    throw Error(ErrorCode::kNotFound, copy_case.engine + ": not installed; " + install_command() + " installs it");
  }
  return {python->string(), (os::peers_folder() / "peer.py").string(), task};
}

void NativeHost::run_traced(const study::CopyCase& copy_case, const fs::path& capture) const {
  trace::TraceOptions options;
  options.command = command(copy_case);
  options.capture_path = capture;
  options.array_bytes = copy_case.array_bytes();
  options.output = trace::CommandOutput::kDiscarded;
  options.fingerprints = options_.fingerprints;
  const trace::TraceResult result = trace::trace_command(options);
  // Whoever sent a signal meant the whole study.
  if (result.signal != 0) throw Error(ErrorCode::kCancelled, "interrupted");
  if (result.exit_status != 0) {
    throw Error(ErrorCode::kIo,
                copy_case.name() + ": the traced process ended with exit status " + std::to_string(result.exit_status));
  }
}

// Traced as all cases are, so that signals are told to it in the same way.
void NativeHost::store(const study::CopyCase& copy_case) {
  run_traced(copy_case, unrecorded());
}

study::TracedCase NativeHost::trace(const study::CopyCase& copy_case, const std::string& capture) {
  const fs::path path = capture.empty() ? unrecorded() : options_.run_folder / capture;
  fs::create_directories(path.parent_path());
  run_traced(copy_case, path);
  const os::MappedFile file(path);
  return {study::traced_figures(trace::capture_file(file, path.filename().string()), copy_case),
          bytes_in(*store::open_store(store_of(copy_case), bytes::Durability::kNone), "")};
}

std::unique_ptr<study::TimedCase> NativeHost::time(const study::CopyCase& copy_case) {
  std::vector<std::string> words = command(copy_case);
  words.emplace_back("--time");
  return std::make_unique<TimedChild>(copy_case, words);
}

void NativeHost::write_report(const record::CopyRow& row) {
  options_.write_report(options_.run_folder / row.capture, row, options_.run_folder / row.report);
}

void NativeHost::write_file(const std::string& name, std::string_view text) {
  os::write_file(options_.run_folder / name, text);
}

}  // namespace chunkmark::native_study
