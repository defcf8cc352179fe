// What the `h5` commands share: opening a versioned file (through its sidecar index where there is a fresh one) and the
// words in which versions are given on the command line.
//
// An H5File owns what it opened. Not thread-safe. Errors: chunkmark::Error.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "native/hdf5/opened_file.h"
#include "native/os/thread_executor.h"
#include "storage/versioned/session.h"
#include "storage/versioned/sidecar_index.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::cli {

class H5File {
 public:
  // kAny: a file without versions is opened too. Errors of the others: kNotFound says what shows such a file.
  enum class Contents { kVersions, kAny };
  // With use_index, FILE.idx is used if it is there and fresh; a stale one is said on standard error and left alone.
  // With `anywhere`, files that it names are also read outside its folder.
  explicit H5File(const std::string& path, bool use_index = true, Contents contents = Contents::kVersions,
                  bool anywhere = false);

  // Says what no error tells: what was missing, a file that was not closed.
  ~H5File();

  bool has_versions() const { return versions_.has_value(); }
  versioned::VersionedFile& versions() { return *versions_; }
  versioned::Session& session() { return versions_ ? versions_->session() : *plain_; }
  bool indexed() const { return indexed_ != nullptr; }

 private:
  hdf5::OpenedFile file_;
  std::unique_ptr<os::ThreadExecutor> executor_;  // for a local file without versions
  hdf5::FilesBeside others_;
  std::unique_ptr<versioned::IndexedFile> indexed_;
  std::optional<versioned::VersionedFile> versions_;
  std::unique_ptr<versioned::Session> plain_;  // of a file without versions
};

// "NAME", "NAME:PATH"; empty: the current version. "-2" is two versions before the current one, "@TIME" the last one
// committed at or before that time (UTC). A name that is in the file is always taken as the name.
struct VersionAndPath {
  std::string version, path;
};
VersionAndPath parse_version_and_path(const std::string& text);
versioned::Version open_version(versioned::VersionedFile& file, const std::string& text);
versioned::VersionDataset open_dataset(const versioned::Version& version, const std::string& path);

}  // namespace chunkmark::cli
