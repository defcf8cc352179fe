// FolderGuard: a folder that is removed, with all that is in it, unless it is kept: by the destructor, or else when
// this process and those that it has started have ended, however they end. Folders above it that were not there when
// the guard was made are removed as well, where they are empty then: others may have put something into them.
//
// A small process of its own waits for that: neither a signal nor a crash can leave anything behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace chunkmark::cli {

class FolderGuard {
 public:
  // The folder is not there yet: whoever makes it, with those above it, does so after this. To be made before there are
  // threads. Errors: kIo.
  explicit FolderGuard(const std::filesystem::path& folder);
  ~FolderGuard();
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;

  // Makes the folder, for this user alone, and those above it. Errors: kIo.
  void make() const;

  const std::filesystem::path& path() const { return folder_; }
  void keep();

 private:
  [[noreturn]] void guard(int end) const;
  void remove_all() const;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> missing_;  // above it, the innermost first
  pid_t guard_ = -1;
  int end_ = -1;
  bool kept_ = false;
};

// A name in `parent` that no folder has: it can be guarded before it is made, so that an interrupt between the two
// leaves nothing behind.
std::filesystem::path new_folder_name(const std::filesystem::path& parent);

}  // namespace chunkmark::cli
