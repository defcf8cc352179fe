// CommitFixture: a versioned file in memory with a journal, open for commits, and closed again at will.
#pragma once

#include <optional>

#include "bytes/memory_file.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/verify.h"
#include "storage/versioned/writer.h"
#include "unit/crash_disk.h"

namespace chunkmark::versioned {

class CommitFixture {
 public:
  explicit CommitFixture(std::vector<std::byte> image = versioned::new_versioned_file(0), Executor* lanes = nullptr)
      : disk({std::move(image), std::nullopt}), executor(lanes) {
    open();
  }
  ~CommitFixture() { close(); }

  void open() {
    bytes::Journal::recover(disk.file(), disk);
    journal.emplace(disk.file(), disk);
    library.emplace(*journal);
    engine.emplace(*journal, &*library);
    writer.emplace(*journal, *engine, executor);
  }
  void close() {
    writer.reset();
    engine.reset();
    library.reset();
    journal.reset();
  }

  CommitSummary commit(Stage& stage) {
    return writer->commit(stage, {.time = ++time, .durability = bytes::Durability::kProcessCrash});
  }
  // What verify finds that is no notice.
  std::string findings() const {
    const bytes::MemoryFile file("file", disk.now().file);
    VersionedFile versions(file);
    std::string text;
    for (const Finding& finding : verify(versions).findings) {
      if (finding.severity != Severity::kNotice)
        text += finding.code + " " + finding.object + ": " + finding.message + "\n";
    }
    return text;
  }

  bytes::CrashDisk disk;
  Executor* executor;
  std::optional<bytes::Journal> journal;
  std::optional<hdf5_library::LibraryEngine> library;
  std::optional<PatchEngine> engine;
  std::optional<Writer> writer;
  std::int64_t time = 0;
};

template <typename T>
std::vector<T> read_all(const std::vector<std::byte>& image, const std::string& version, const std::string& path) {
  const bytes::MemoryFile file("file", image);
  VersionedFile versions(file);
  const VersionDataset dataset = versions.open(version).dataset(path);
  std::vector<T> values(dataset.count());
  dataset.read(std::span(values));
  return values;
}

}  // namespace chunkmark::versioned
