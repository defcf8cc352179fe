// Runs the cases of the copy study, each in processes of its own, and keeps captures and reports in the run's folder.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "study/copy_result.h"

namespace chunkmark::cli {

struct CopyStudyOptions {
  std::filesystem::path run_folder;    // captures/ and reports/ go there
  std::filesystem::path store_folder;  // where the arrays are stored; must exist
  std::string store_filesystem;        // of that folder
  unsigned repeat = 5;                 // timed rounds; 0 for none
  unsigned threads = 2;
  std::string durability = "none";  // of our own writes
  bool slope = false;               // trace an array of four times the size as well
};

class CopyStudy {
 public:
  explicit CopyStudy(CopyStudyOptions options) : options_(std::move(options)) {}

  // One traced run, for memory and copies. A read needs the write of its case before it; the engine must have the
  // case's format. Errors: kIo if the case's process fails.
  study::CopyResult measure(const study::CopyCase& copy_case) const;

  // Stores the arrays that a read of the same cell needs, and keeps nothing else: the write is not asked for itself.
  // Errors: as measure().
  void store(const study::CopyCase& write) const;

  // Times, without tracing, of the engines of one cell: each in a process of its own, one call after another in rounds,
  // so that all of them meet the machine in the same state; the first round warms up. Sets versions and seconds. An
  // engine whose process fails is told, keeps no seconds, and is not asked again.
  using TellFailure = std::function<void(const study::CopyCase&, const std::exception&)>;
  void time(std::vector<study::CopyResult>& cell, const TellFailure& tell) const;

  // The page with everything known of the result.
  void report(const study::CopyResult& result) const;

 private:
  void trace(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  figures::CopyFigures figures(const study::CopyCase& copy_case, const std::filesystem::path& capture) const;
  double slope(const study::CopyCase& copy_case, const figures::CopyFigures& small) const;
  std::vector<std::string> command(const study::CopyCase& copy_case) const;
  std::filesystem::path folder_of(const study::CopyCase& copy_case) const;

  CopyStudyOptions options_;
};

}  // namespace chunkmark::cli
