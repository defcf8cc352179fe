// chunkmark_file and chunkmark_stage: a versioned HDF5 file, read, and written once a version is staged.
//
// What chunkmark.h hands out (a file, a stage, datasets of either) shares one OpenFile, and each holds it alive. Its
// mutex makes calls wait for each other. A dataset of a version remembers where it is, and is opened again when the
// file was committed to: the structures of a reader are good until then.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "native/c/array_handle.h"
#include "native/c/shared_lanes.h"
#include "native/hdf5/opened_file.h"
#include "native/os/journaled_file.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/versioned_file.h"
#include "storage/versioned/writer.h"

namespace chunkmark::c {

// The only writer of a file, from its first stage on.
struct Writing {
  os::JournaledFile file;
  hdf5_library::LibraryEngine library;
  versioned::PatchEngine engine;
  SharedLanes lanes{0};
  versioned::Writer writer;

  Writing(const std::string& path, os::Milliseconds wait)
      : file(path, wait),
        library(file.journal()),
        engine(file.journal(), &library),
        writer(file.journal(), engine, &lanes) {}
};

class OpenFile {
 public:
  explicit OpenFile(std::string path_or_url);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  // Held by every function of chunkmark.h while it uses the members below. The HDF5 library is not thread-safe, and
  // what writes may call it: `writes` waits for all other writers of the process as well.
  class Use {
   public:
    explicit Use(OpenFile& file, bool writes = false);

   private:
    std::unique_lock<std::mutex> library_;
    std::lock_guard<std::mutex> file_;
  };

  // Errors of all below: kInvalidArgument once it is closed.
  versioned::VersionedFile& reader();
  Writing& writing(double wait_seconds);
  // Whatever was read before is read again when it is next asked for.
  void changed();
  // What a dataset was opened from is still so while this is the same.
  std::uint64_t generation() const { return generation_; }
  void close();
  const std::string& name() const { return name_; }
  void check_open() const;

 private:
  std::string name_;
  std::mutex mutex_;
  bool closed_ = false;
  std::uint64_t generation_ = 0;
  std::optional<hdf5::OpenedFile> file_;
  std::optional<versioned::VersionedFile> reader_;
  std::unique_ptr<Writing> writing_;
};

// "" and NULL: the current version.
std::unique_ptr<chunkmark_array> version_dataset(std::shared_ptr<OpenFile> file, const char* version, const char* path);

// A version in the making. After its commit, or the file's closing, there is no stage.
struct StageState {
  std::shared_ptr<OpenFile> file;
  std::optional<versioned::Stage> stage;
  std::string name;

  // Errors: kInvalidArgument where it is done.
  versioned::Stage& open();
};

// Without the slashes before it.
std::string clean_path(const char* path);

}  // namespace chunkmark::c

struct chunkmark_file {
  std::shared_ptr<chunkmark::c::OpenFile> file;
};

struct chunkmark_stage {
  std::shared_ptr<chunkmark::c::StageState> state;
};
