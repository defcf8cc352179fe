// NativeVersionHost: this machine as the transaction study's host. Each engine replays in a process of its own: ours in
// this program (command version-case), a library in the Python of its environment (versions.py), both with the task as
// one JSON argument.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "study/version_host.h"

namespace chunkmark::native_study {

struct NativeVersionHostOptions {
  std::string id, version;             // of the run; of this program
  std::filesystem::path run_folder;    // where the run's files go; made when the first is written
  std::filesystem::path store_folder;  // where the engines store; must exist
  bool fingerprints = true;
  std::function<void(const study::Progress&)> tell;
};

class NativeVersionHost final : public study::VersionHost {
 public:
  explicit NativeVersionHost(NativeVersionHostOptions options) : options_(std::move(options)) {}

  study::Origin origin() override;
  std::string utc_now() override;
  void write_file(const std::string& name, std::string_view text) override;
  void tell(const study::Progress& progress) override { options_.tell(progress); }
  // Errors of both: kNotFound if the engine is not installed, kIo if its process fails, kCancelled if a signal came
  // that meant the study.
  json::object replay(const study::VersionCase& version_case) override;
  figures::Inspection trace(const study::VersionCase& version_case, const std::string& capture) override;

 private:
  std::vector<std::string> command(const study::VersionCase& version_case, bool trace);
  std::filesystem::path store() const { return options_.store_folder / "versions.h5"; }
  void write_history(const study::VersionCase& version_case);

  NativeVersionHostOptions options_;
  std::string history_of_;  // what the history file holds
};

}  // namespace chunkmark::native_study
