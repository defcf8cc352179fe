// Study: goes through the cells of a copy study in steps, all engines of a cell together, and keeps what was measured
// and what failed.
//
// A step is one case traced, one storage call timed, or one report; between two of them the caller may do anything
// else, or stop. Where the host throws bytes::Pending, the step has done nothing and is to be made again. A read is
// always preceded by its write, whether that is asked for or not. A case that fails is kept, and the others are
// measured all the same. Not thread-safe.
#pragma once

#include <exception>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "record/run_record.h"
#include "study/host.h"

namespace chunkmark::study {

struct CopyGrid {
  std::vector<std::string> formats, codecs, operations, engines;
  CopyCase array;  // what all cells have in common
};

struct StudyOptions {
  unsigned repeat = 5;              // timed rounds; 0 for none
  unsigned threads = 2;             // that an engine may compress with
  std::string durability = "none";  // of our own writes
  bool slope = false;               // trace an array of four times the size as well
};

class Study {
 public:
  // Borrows `host`.
  Study(CopyGrid grid, StudyOptions options, CopyHost& host);
  ~Study();
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;

  // Does the next piece of work; false when there is none left, or after cancel(). The last piece writes run.json.
  // Errors: kCancelled, after which there is nothing left to do; what host.write_report() and write_file() throw;
  // bytes::Pending.
  bool step();

  // Ends the study where it is; nothing more is written.
  void cancel();

  // What was measured so far; whole when step() has returned false.
  const record::RunRecord& record() const { return record_; }

 private:
  struct Row;
  enum class Phase { kTrace, kTime, kReport, kEnd };

  void begin_cell();
  void trace_next();
  void measure(const CopyCase& copy_case);
  void begin_times();
  void time_next();
  void end_times();
  void report_next();
  void end();
  bool can_run(const CopyCase& copy_case) const;
  bool is_asked_for(const std::string& operation) const;
  void fail(const CopyCase& copy_case, const std::exception& error);
  void tell(const std::string& doing, std::size_t done) const;

  CopyGrid grid_;
  StudyOptions options_;
  CopyHost& host_;
  Origin origin_;
  record::RunRecord record_;

  std::vector<CopyCase> cells_;  // without their engines
  std::size_t cell_ = 0;
  Phase phase_ = Phase::kTrace;
  std::size_t at_ = 0;                   // engine, turn or row within the phase
  unsigned round_ = 0;                   // of times; the first warms up
  std::size_t done_ = 0;                 // cases
  std::vector<Row> rows_;                // of the cell
  std::set<std::string> without_array_;  // engines whose write of this format and codec has failed
};

}  // namespace chunkmark::study
