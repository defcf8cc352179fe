// OpenFile: an HDF5 file that requests read and write, and what was learnt of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bytes/random_access.h"
#include "storage/versioned/session.h"
#include "storage/versioned/sidecar_index.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::requests {

// With versions in it or without. Owns its bytes. Not thread-safe.
class OpenFile {
 public:
  explicit OpenFile(std::unique_ptr<bytes::RandomAccess> bytes) : bytes_(std::move(bytes)) {}

  bytes::RandomAccess& bytes() { return *bytes_; }
  // Null where there are no versions in it.
  versioned::VersionedFile* versions();
  versioned::Session& session();
  // A dataset of a version, or (`version` empty) of the current one; in a file without versions by its whole path.
  versioned::VersionDataset dataset(const std::string& version, const std::string& path);
  // What `h5 index` made of it. Errors: kConflict, kCorrupt; the file is then read without.
  void use_index(ByteView index);
  // After a commit: what was learnt holds no more.
  void forget();

 private:
  const bytes::RandomAccess& source() const;

  std::unique_ptr<bytes::RandomAccess> bytes_;
  std::unique_ptr<versioned::IndexedFile> indexed_;
  std::optional<versioned::VersionedFile> versions_;
  std::unique_ptr<versioned::Session> plain_;
};

}  // namespace chunkmark::requests
