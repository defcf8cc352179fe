// Session: what the parts of one open versioned file share: the container, the heap, and every raw_data
// opened once.
//
// Internal to this room; VersionedFile owns one and its versions and datasets borrow it. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/executor.h"
#include "storage/hdf5/container.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/global_heap.h"
#include "storage/hdf5/group.h"
#include "storage/hdf5/other_files.h"
#include "storage/hdf5/virtual_sources.h"

namespace chunkmark::versioned {

class Session {
 public:
  // kVersions: kNotFound if the file has no versions in it (no /_version_data). kAny: any HDF5 file, of which
  // version_data() and versions() must not be asked for then.
  enum class Needs : std::uint8_t { kVersions, kAny };
  // `others`: where the files are that this one names.
  explicit Session(const bytes::RandomAccess& file, Needs needs = Needs::kVersions,
                   const hdf5::OtherFiles* others = nullptr);

  // One operation on a file that others may commit to meanwhile: as long as it lives, nobody does, and what was kept of
  // the file before is still so, or forgotten. Operations nest.
  class Reading {
   public:
    explicit Reading(Session& session);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    Session& session_;
  };

  Needs needs() const { return needs_; }
  // What is not of a version is read by all lanes of `executor`, which is borrowed; before this is called, by one.
  void use(Executor& executor) { executor_ = &executor; }
  Executor& executor() { return *executor_; }
  const hdf5::Container& container() const { return container_; }
  hdf5::GlobalHeap& heap() { return heap_; }
  // What virtual datasets of a file without versions are made of.
  hdf5::VirtualSources& sources() { return sources_; }
  const hdf5::Group& version_data() const { return *version_data_; }
  const hdf5::Group& versions() const { return *versions_; }

  // The object at an absolute path; nothing where there is none.
  std::optional<std::uint64_t> find(std::string_view absolute_path) const;
  // The dataset at an absolute path, opened once. Errors: kCorrupt if it is not there.
  hdf5::Dataset& raw(const std::string& absolute_path);

  // A scalar string attribute; nothing if it is absent or no string.
  std::optional<std::string> text_attribute(const hdf5::ObjectHeader& header, std::string_view name);
  std::optional<std::int64_t> integer_attribute(const hdf5::ObjectHeader& header, std::string_view name);

 private:
  // Holds the file still while the members below are made.
  struct FirstReading {
    const bytes::RandomAccess& file;
    std::uint64_t generation;
    explicit FirstReading(const bytes::RandomAccess& of) : file(of), generation(of.begin_reading()) {}
    ~FirstReading() {
      if (holds) file.end_reading();
    }
    bool holds = true;
  };
  void open_groups();
  void begin();
  void end();

  Needs needs_;
  InlineExecutor inline_;
  Executor* executor_ = &inline_;
  FirstReading first_;
  std::uint64_t generation_;
  int depth_ = 0;
  hdf5::Container container_;
  hdf5::GlobalHeap heap_;
  hdf5::VirtualSources sources_;
  std::optional<hdf5::Group> version_data_, versions_;
  std::map<std::string, std::unique_ptr<hdf5::Dataset>> raw_;
};

// The integer that an element is; nothing for other types.
std::optional<std::int64_t> element_integer(const hdf5::Datatype& type, ByteView element);

inline constexpr std::string_view kVersionData = "_version_data";
inline constexpr std::string_view kFirstVersion = "__first_version__";
inline constexpr std::string_view kTemporaryPrefix = "_tmp_";

}  // namespace chunkmark::versioned
