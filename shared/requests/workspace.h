// Workspace: what requests on stored arrays have open: files and stores by the numbers that the host gives them, and
// what was learnt of each.
//
// The host adds a file or a store (a browser's, memory) under a number of its own choosing and names it in requests;
// close() forgets it. Bytes never ride in JSON: a read leaves its elements in `result` until the next request. Owns all
// of it. Not thread-safe. Errors: kNotFound for a number that nothing has.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/executor.h"
#include "bytes/random_access.h"
#include "storage/store/store.h"
#include "storage/versioned/session.h"
#include "storage/versioned/sidecar_index.h"
#include "storage/versioned/versioned_file.h"
#include "storage/zarr/array.h"

namespace chunkmark::requests {

using Number = std::uint64_t;

// An HDF5 file, with versions in it or without.
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

class Workspace {
 public:
  void add_file(Number number, std::unique_ptr<bytes::RandomAccess> file) {
    files_.insert_or_assign(number, OpenFile(std::move(file)));
  }
  void add_store(Number number, std::unique_ptr<store::Store> store) { stores_[number] = std::move(store); }
  void close(Number number);

  OpenFile& file(Number number);
  store::Store& store(Number number);
  Executor& executor() { return executor_; }

  // Memory for what a read gives, not cleared.
  MutableByteView make_result(std::size_t bytes);
  ByteView result() const { return {result_.get(), result_bytes_}; }
  void drop_result();

 private:
  std::map<Number, OpenFile> files_;
  std::map<Number, std::unique_ptr<store::Store>> stores_;
  InlineExecutor executor_;
  std::unique_ptr<std::byte[]> result_;
  std::size_t result_bytes_ = 0;
};

}  // namespace chunkmark::requests
