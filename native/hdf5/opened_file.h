// OpenedFile: an HDF5 file, local or in a store, open for reading, with what lies beside it.
//
// A file is a path, or a URL of a store ("s3://bucket/prices.h5"), of which only the parts that are needed are fetched.
// Owns what it opened. Not thread-safe. Errors: kNotFound, and what the store says.
#pragma once

#include <memory>
#include <string>

#include "bytes/random_access.h"
#include "native/hdf5/files_beside.h"
#include "storage/store/store.h"

namespace chunkmark::hdf5 {

class OpenedFile {
 public:
  explicit OpenedFile(const std::string& path_or_url);
  // Of a family of files: all of them as one.
  const bytes::RandomAccess& bytes() const { return joined_ ? *joined_ : *bytes_; }
  bool is_local() const { return store_ == nullptr; }
  // The file of this name with more behind it; null where there is none.
  std::unique_ptr<bytes::RandomAccess> beside(const std::string& suffix) const;
  // Where the files are that it names.
  FilesBeside others(bool anywhere) const { return {key_, store_.get(), anywhere}; }

 private:
  std::unique_ptr<store::Store> store_;  // none for a path
  std::string key_;                      // in the store; or the path
  std::unique_ptr<bytes::RandomAccess> bytes_, joined_;
};

// The sidecar index (storage/versioned/sidecar_index.h) of a file.
std::string index_path(const std::string& path);
void write_index(const std::string& path, ByteView index);

}  // namespace chunkmark::hdf5
