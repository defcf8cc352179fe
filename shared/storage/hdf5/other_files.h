// OtherFiles: the files that an HDF5 file names: elements of external storage, sources of virtual datasets.
//
// Names come from untrusted bytes: they are looked for beside the file and below its folder alone, unless whoever made
// this says otherwise. An implementation knows where that is; where there is none (a browser), a Container has none.
// Errors: kUnsupported for a name that leads elsewhere, and what opening says.
#pragma once

#include <memory>
#include <string>

#include "bytes/random_access.h"

namespace chunkmark::hdf5 {

class OtherFiles {
 public:
  virtual ~OtherFiles() = default;

  // Null: there is no such file.
  std::unique_ptr<bytes::RandomAccess> open(const std::string& name) const;

 protected:
  explicit OtherFiles(bool anywhere) : anywhere_(anywhere) {}
  bool anywhere() const { return anywhere_; }

 private:
  virtual std::unique_ptr<bytes::RandomAccess> open_checked(const std::string& name) const = 0;

  bool anywhere_;
};

}  // namespace chunkmark::hdf5
