#include "native/hdf5/files_beside.h"

#include "base/error.h"
#include "native/os/file.h"

namespace chunkmark::hdf5 {

namespace fs = std::filesystem;

FilesBeside::FilesBeside(const fs::path& file, store::Store* store, bool anywhere)
    : OtherFiles(anywhere), folder_(file.parent_path()), store_(store) {
  if (store_ == nullptr && folder_.empty()) folder_ = ".";
}

std::unique_ptr<bytes::RandomAccess> FilesBeside::open_checked(const std::string& name) const {
  if (store_ != nullptr) return store_->open_for((folder_ / name).generic_string(), store::Access::kScattered);
  fs::path path = folder_ / name;  // the name itself where it starts at the root
  std::error_code none;
  if (fs::path(name).is_absolute() && !fs::exists(path, none)) path = folder_ / fs::path(name).filename();
  if (!fs::exists(path, none)) return nullptr;
  if (!fs::is_regular_file(path, none)) {  // a pipe would keep the reader waiting
    throw Error(ErrorCode::kUnsupported, path.string() + ": expected a regular file");
  }
  const fs::path inside = fs::relative(fs::canonical(path), fs::canonical(folder_));
  if (!anywhere() && (inside.empty() || inside.is_absolute() || *inside.begin() == "..")) {
    throw Error(ErrorCode::kUnsupported, path.string() + ": a link that leads out of the file's folder");
  }
  return std::make_unique<os::File>(path.string());
}

}  // namespace chunkmark::hdf5
