// FilesBeside: the files that an HDF5 file names, looked for in its folder, or under its prefix in a bucket.
//
// Only regular files that are really there: a link that leads out of the folder is refused like such a name. `anywhere`
// allows both; a name that starts at the root is then taken as it is, or else its last part beside the file, as the
// HDF5 library does. Borrows the store. Not thread-safe. Errors: chunkmark::Error.
#pragma once

#include <filesystem>

#include "storage/hdf5/other_files.h"
#include "storage/store/store.h"

namespace chunkmark::hdf5 {

class FilesBeside final : public hdf5::OtherFiles {
 public:
  // `file`: the path of the file; or, with a store, its key.
  FilesBeside(const std::filesystem::path& file, store::Store* store, bool anywhere);

 private:
  std::unique_ptr<bytes::RandomAccess> open_checked(const std::string& name) const override;

  std::filesystem::path folder_;
  store::Store* store_;
};

}  // namespace chunkmark::hdf5
