// NativeHost: this machine as the copy study's host. Each case runs in a process of its own: ours in this program
// (command copy-case), a peer's in the Python of its environment (peer.py), both with the task as one JSON argument.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "study/host.h"

namespace chunkmark::native_study {

struct NativeHostOptions {
  std::string id, version;             // of the run; of this program
  std::filesystem::path run_folder;    // where the run's files go; made when the first is written
  std::filesystem::path store_folder;  // where the arrays are stored; must exist
  std::string store_url;               // where they are stored instead, if it is no folder: s3://bucket/prefix
  unsigned threads = 2;
  std::string durability = "none";
  bool fingerprints = true;
  // The report of a row, from its capture.
  std::function<void(const std::filesystem::path& capture, const record::CopyRow& row,
                     const std::filesystem::path& page)>
      write_report;
  std::function<void(const study::Progress&)> tell;
};

class NativeHost final : public study::CopyHost {
 public:
  explicit NativeHost(NativeHostOptions options) : options_(std::move(options)) {}

  study::Origin origin() override;
  std::string utc_now() override;
  // Errors of both: kIo if the case's process fails, kCancelled if a signal came that meant the study.
  void store(const study::CopyCase& copy_case) override;
  study::TracedCase trace(const study::CopyCase& copy_case, const std::string& capture) override;
  std::unique_ptr<study::TimedCase> time(const study::CopyCase& copy_case) override;
  void write_report(const record::CopyRow& row) override;
  void write_file(const std::string& name, std::string_view text) override;
  void tell(const study::Progress& progress) override { options_.tell(progress); }

 private:
  void run_traced(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  std::vector<std::string> command(const study::CopyCase& copy_case) const;
  std::string store_of(const study::CopyCase& copy_case) const;
  std::filesystem::path unrecorded() const { return options_.store_folder / "unrecorded.cmk"; }

  NativeHostOptions options_;
};

}  // namespace chunkmark::native_study
