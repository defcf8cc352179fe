// Runs the cases of the copy study, each in processes of its own, and keeps captures and reports in the run's folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "study/copy_result.h"

namespace chunkmark::cli {

class CopyStudy {
 public:
  // run_folder: where captures/ and reports/ go. store_folder: where the arrays are stored; must exist.
  CopyStudy(std::filesystem::path run_folder, std::filesystem::path store_folder, unsigned repeat);

  // One traced run for memory and copies, `repeat` others for the times. A read needs the write of its case before it.
  // Errors: kIo if the case's process fails.
  study::CopyResult run(const study::CopyCase& copy_case);

 private:
  void trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  std::vector<double> time(const study::CopyCase& copy_case) const;
  std::vector<std::string> command(const study::CopyCase& copy_case) const;
  std::filesystem::path folder_of(const study::CopyCase& copy_case) const;

  std::filesystem::path run_folder_, store_folder_;
  unsigned repeat_;
};

}  // namespace chunkmark::cli
