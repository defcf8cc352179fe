// Runs the cases of the copy study, each in processes of its own, and keeps captures and reports in the run's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "study/copy_result.h"

namespace chunkmark::cli {

struct CopyStudyOptions {
  std::filesystem::path run_folder;    // captures/ and reports/ go there
  std::filesystem::path store_folder;  // where the arrays are stored; must exist
  unsigned repeat = 5;                 // timed repetitions; 0 for none
  unsigned threads = 2;
  bool slope = false;  // trace an array of four times the size as well
};

class CopyStudy {
 public:
  explicit CopyStudy(CopyStudyOptions options) : options_(std::move(options)) {}

  // One traced run for memory and copies, others for the times. A read needs the write of its case before it. Empty if
  // the engine does not have the case's format or codec. Errors: kIo if the case's process fails.
  std::optional<study::CopyResult> run(const study::CopyCase& copy_case);

 private:
  bool trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  study::CopyFigures figures(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  std::optional<double> slope(const study::CopyCase& copy_case, const study::CopyFigures& small) const;
  void time(const study::CopyCase& copy_case, study::CopyResult& result) const;
  std::vector<std::string> command(const study::CopyCase& copy_case) const;
  std::filesystem::path folder_of(const study::CopyCase& copy_case) const;

  CopyStudyOptions options_;
};

}  // namespace chunkmark::cli
