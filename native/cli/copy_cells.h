// CopyCells: goes through the cells of a copy study, all engines of a cell together, and keeps what was measured and
// what failed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "native/cli/copy_study.h"

namespace chunkmark::cli {

struct CopyGrid {
  std::vector<std::string> formats, codecs, operations, engines;
  study::CopyCase array;  // what all cells have in common
};

class CopyCells {
 public:
  CopyCells(CopyGrid grid, const CopyStudy& study) : grid_(std::move(grid)), study_(study) {}

  // A case that fails is kept, and the others are measured all the same. A read is always preceded by its write. Shows
  // on a terminal which case runs.
  void run();

  struct Failure {
    std::string name, message;
  };
  std::vector<study::CopyResult> results;
  std::vector<Failure> failures;

 private:
  class Progress;

  void run_cell(study::CopyCase copy_case, Progress& progress);
  bool is_asked_for(const std::string& operation) const;
  void fail(const study::CopyCase& copy_case, const std::exception& error);

  CopyGrid grid_;
  const CopyStudy& study_;
  std::set<std::string> without_array_;  // engines whose write of this format and codec has failed
};

}  // namespace chunkmark::cli
