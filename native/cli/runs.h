// Runs: a folder of runs, on this machine or in a bucket. A run is a group of objects, ID/run.json beside its reports
// and captures; what has no run.json is none, so that a run appears with that object, which is stored last.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "storage/store/store.h"

namespace chunkmark::cli {

class Runs {
 public:
  // `url`: as open_store takes it. Errors: those of open_store.
  explicit Runs(const std::string& url);

  struct Run {
    std::string id, folder;  // almost always the same
    json::object entry;      // what the overview chooses it by
  };
  using Look = std::function<void(const json::object& record)>;
  // The newest first. A run that cannot be read is named on standard error and left out. `look` sees the record of each
  // that is not, in no order. Errors: kCorrupt when there are runs and none can be read; those of the store.
  std::vector<Run> list(const Look& look = {}) const;

  // Folders that may hold runs, as they are now: a run that is being made among them.
  std::vector<std::string> folders() const;
  // Of these, in no order: the runs that are whole, and the folders of those that cannot be read.
  struct Read {
    std::vector<Run> found;
    std::vector<std::string> refused;
  };
  Read read(const std::vector<std::string>& folders, const Look& look = {}) const;

  // The record's id, which becomes the name of a folder. Errors: kCorrupt.
  static std::string checked_id(const json::object& run, const std::string& name);

  store::Store& store() const { return *store_; }
  // Where the runs are files of this machine.
  const std::optional<std::filesystem::path>& local_folder() const { return local_folder_; }

 private:
  std::unique_ptr<store::Store> store_;
  std::optional<std::filesystem::path> local_folder_;
};

// Whether the folder is there; a bucket is asked later. For command lines: says what is wrong, or nothing.
std::string check_runs_url(const std::string& url);

}  // namespace chunkmark::cli
