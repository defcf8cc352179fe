// VersionStudy: the transaction study in steps: in each cell one history, replayed by every engine, and every version
// that it reads back checked.
//
// A step is one engine's replay, timed or traced; between two of them the caller may do anything else, or stop. An
// engine that fails is kept with its reason, and the others are measured all the same. Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "record/version_record.h"
#include "study/version_host.h"

namespace chunkmark::study {

struct VersionGrid {
  std::vector<std::string> workloads, compressions, durabilities, engines;
  std::vector<std::uint64_t> transactions, chunk_sizes;
  VersionCase common;  // what all cells have in common
  // Of each engine at most so many transactions are replayed once more under the tracer; 0: none.
  std::uint64_t traced_transactions = 0;
  bool skip_lacking = false;  // an engine without a cell's compression is left out; otherwise it fails there
};

class VersionStudy {
 public:
  // Called when a cell is done, with its rows. Borrows `host`. Errors: kInvalidArgument if there is nothing to measure.
  using CellDone = std::function<void(const std::vector<record::VersionRow>& rows)>;
  VersionStudy(VersionGrid grid, VersionHost& host, CellDone cell_done = {});

  // Does the next piece of work; false when there is none left. The last piece writes run.json. Errors: kCancelled,
  // after which there is nothing left to do; bytes::Pending, as of Study.
  bool step();

  const record::VersionRecord& record() const { return record_; }

 private:
  void measure(const VersionCase& version_case);
  void end_cell();

  VersionGrid grid_;
  VersionHost& host_;
  CellDone cell_done_;
  record::VersionRecord record_;
  std::vector<std::vector<VersionCase>> cells_;  // the engines' cases of each
  std::size_t cell_ = 0, at_ = 0, done_ = 0, total_ = 0;
  std::vector<record::VersionRow> rows_;  // of the cell
  std::vector<std::string> expected_;     // sha256 of each version of the cell
};

}  // namespace chunkmark::study
