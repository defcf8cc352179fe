// FolderGuard: a folder that is removed, with all that is in it, unless it is kept: by the destructor, or else when
// this process and those that it has started have ended, however they end.
//
// A small process of its own waits for that: neither a signal nor a crash can leave anything behind.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace chunkmark::cli {

class FolderGuard {
 public:
  // The folder need not be there yet. To be made before there are threads. Errors: kIo.
  explicit FolderGuard(std::filesystem::path folder);
  ~FolderGuard();
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;

  const std::filesystem::path& path() const { return folder_; }
  void keep();

 private:
  void tell(char word) const;

  std::filesystem::path folder_;
  pid_t guard_ = -1;
  int pipe_ = -1;
  bool kept_ = false;
};

}  // namespace chunkmark::cli
