// Runs: a folder of runs, on this machine or in a bucket. A run is a group of objects, ID/run.json beside its reports
// and captures; what has no run.json is none, so that a run appears with that object, which is stored last.
#pragma once

#include <functional>
#include <memory>
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

  store::Store& store() const { return *store_; }

 private:
  std::unique_ptr<store::Store> store_;
};

// Whether the folder is there; a bucket is asked later. For command lines: says what is wrong, or nothing.
std::string check_runs_url(const std::string& url);

}  // namespace chunkmark::cli
