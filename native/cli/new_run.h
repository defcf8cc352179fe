// NewRun: a run that is being made, in a folder of this machine, and then stands among the runs of `--out`.
//
// There the run's own folder is made where it stays; for a bucket it is a temporary one whose files are uploaded when
// all is measured, run.json last, each on the condition that there is none yet: a run appears whole, and of two writers
// of one id the second is told kConflict. Until keep() the folder is removed, however the process ends.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "native/cli/folder_guard.h"
#include "native/s3/s3_store.h"

namespace chunkmark::cli {

class NewRun {
 public:
  // To be made before there are threads. Errors: a bucket that cannot be asked, kConflict for a run that is there.
  NewRun(const std::string& out, const std::string& id);

  const std::filesystem::path& folder() const { return folder_.path(); }

  // What is measured is not lost any more.
  void keep() { folder_.keep(); }

  // Once all files are written. Returns where the run is. Errors: those of the bucket, saying where the files still
  // are.
  std::string publish();

 private:
  std::string id_;
  std::unique_ptr<s3::S3Store> bucket_;  // null: the folder is where it belongs
  std::string place_;
  FolderGuard folder_;
};

}  // namespace chunkmark::cli
