// SiteClaim: a folder that this process alone writes a site into, or serves it from, while this object lives.
//
// The folder is missing, empty, or holds a site that was made before: the index of its runs, written first of all,
// tells. Another process that claims it meanwhile is refused.
#pragma once

#include <filesystem>

namespace chunkmark::cli {

// Whether a folder that holds something else may be taken. Our files are then added to what is there, and replace those
// of the same names; nothing is ever removed.
enum class OtherContent { kRefused, kAccepted };

class SiteClaim {
 public:
  // Makes the folder. Errors: kInvalidArgument if it holds something else, kConflict if another process has claimed it.
  SiteClaim(const std::filesystem::path& folder, OtherContent other);
  ~SiteClaim();
  SiteClaim(const SiteClaim&) = delete;
  SiteClaim& operator=(const SiteClaim&) = delete;

 private:
  int lock_ = -1;
};

}  // namespace chunkmark::cli
