// Writer: makes versions: the writing half of versioned_file.h.
//
// Concept. A version is staged in memory (Stage), then committed: new chunks go into raw_data with a row of the hash
// table each, chunks that any version of the file already has are found by their hash and used again, datasets that did
// not change are linked, and all others get a mapping per chunk. Everything happens through a bytes::Journal, so that
// the file holds the whole version or nothing of it, whatever stops the writer. The Python library reads what is
// written, and goes on writing.
//
// Example, which the tests build:
//
//   chunkmark::os::JournaledFile file("prices.h5");     // its only writer; finishes what a killed one left
//   chunkmark::hdf5_library::LibraryEngine library(file.journal());     // for files of other layouts than ours
//   chunkmark::versioned::PatchEngine engine(file.journal(), &library);
//   chunkmark::versioned::Writer writer(file.journal(), engine);
//
//   auto stage = writer.stage("r2");                     // starts as the current version is
//   auto& prices = stage.dataset("group/prices");        // say 1000 x 8 float64
//   prices.resize({1010, 8});
//   prices.set<double>({1009, 0}, 42.5);                  // one element: nanoseconds
//   std::vector<double> rows(9 * 8, 1.0);
//   const auto* bytes = reinterpret_cast<const std::byte*>(rows.data());
//   prices.write({{1000, 0}, {9, 8}}, chunkmark::array::Source::dense(bytes, prices.dtype(), {9, 8}));
//   stage.attributes("")["message"] = chunkmark::versioned::AttributeValue::text("nine more days");
//   writer.commit(stage, {.time = 1700000000000000, .durability = chunkmark::bytes::Durability::kPowerLoss});
//
// A new file is what new_versioned_file() makes (new_file.h). Attributes of groups and datasets are inherited by the
// next version, those of the version itself are not. Units: as versioned_file.h. Memory: the staged chunks, the
// parent's mappings, 64 KiB per dataset for the places of its chunks by hash (hash_index.h), and 64 MiB at most of
// chunks of earlier commits. Ownership: borrows journal and engine; stages borrow the Writer. Not
// thread-safe. Errors: chunkmark::Error; a failed commit leaves file and stage as they were, and may be tried again,
// unless the journal says otherwise (it holds the whole commit, and the next opener puts it in place).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bytes/journal.h"
#include "storage/hdf5/heap_writer.h"
#include "storage/versioned/chunk_writer.h"
#include "storage/versioned/stage.h"

namespace chunkmark::versioned {

// What a version gets of a dataset that is as in its parent. Linked, it takes no space, and is not for files whose
// metadata the Python library may modify (modify_metadata): that visits an object once, whatever links it has, and
// leaves the other versions with mappings into data that it has moved.
enum class Unchanged : std::uint8_t { kCopied, kLinked };

struct CommitOptions {
  std::int64_t time = 0;  // of the version: microseconds since 1970, UTC
  bytes::Durability durability = bytes::Durability::kPowerLoss;
  bool make_current = true;
  Unchanged unchanged = Unchanged::kCopied;
  Progress progress = {};
};

struct CommitSummary {
  std::uint64_t chunks_written = 0;  // new in raw_data
  std::uint64_t chunks_found = 0;    // touched, and there already
  std::uint64_t datasets_written = 0, datasets_unchanged = 0;
};

class Writer {
 public:
  // Errors: kNotFound if there are no versions in the file; kUnsupported for files that are not to be written: data
  // versions 2 and 3, data version 1 with variable-length strings, addresses of other than 8 bytes.
  // Commits hash and encode their chunks in the lanes of `executor`; without one, on the caller's thread.
  Writer(bytes::Journal& file, CommitEngine& engine, Executor* executor = nullptr);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const std::string& current_name();
  // On top of the current version; on another one; on none ("__first_version__"). Errors: kConflict if the name is
  // taken, kInvalidArgument for a name that cannot be, kNotFound for the parent.
  Stage stage(const std::string& name);
  Stage stage(const std::string& name, const std::string& parent);

  CommitSummary commit(Stage& stage, const CommitOptions& options);

  // The file as of the last commit; good until the next one.
  VersionedFile& reader();

 private:
  friend class Stage;
  friend class StagedDataset;
  struct Committed;
  struct Parent;

  // A dataset of the parent; cached for the version that was committed last.
  std::shared_ptr<const CommittedDataset> open_committed(const std::string& path, std::uint64_t address);
  // The same, or null where it cannot be read.
  std::shared_ptr<const CommittedDataset> open_unchanged(const std::string& path, std::uint64_t address);
  // Null where the file has no raw data for the path.
  std::shared_ptr<RawStore> find_raw(const std::string& path);
  // The same, to be added to. Errors: kUnsupported, kCorrupt for data that must not be.
  std::shared_ptr<RawStore> open_raw(const std::string& path);
  std::shared_ptr<RawStore> new_raw(const std::string& path, DatasetSpec spec);
  void check_name(const std::string& name);
  CommitSummary write(Stage& stage, const CommitOptions& options, Committed& committed);
  // So that the dataset's chunks can be hashed and get rows.
  void prepare(StagedDataset& dataset);
  void add_reference(std::uint64_t address);
  void keep_recent(Stage& stage, const Committed& committed);
  // Null where it is not there.
  std::unique_ptr<StagedChunk> take_recent(RawStore& raw, std::uint64_t row);

  bytes::Journal& file_;
  CommitEngine& engine_;
  std::unique_ptr<VersionedFile> reader_;
  std::map<std::string, std::shared_ptr<RawStore>> raws_;
  std::unique_ptr<Parent> last_;  // the version that was committed last
  std::string current_;
  std::string free_name_;  // that no version had when it was last asked for, since when nothing was committed
  std::int64_t data_version_ = 4;
  std::uint64_t base_ = 0;  // of addresses: the size of the user block
  InlineExecutor caller_;
  std::unique_ptr<ChunkWriter> chunks_;
  // Of the last commit's heap. Nobody else writes to the file as long as this writer has it.
  std::optional<hdf5::HeapRoom> heap_room_;
  hdf5::Bytes block_memory_;  // of the last commit's objects, to be used again: a fresh one costs page faults
  std::uint64_t recent_bytes_ = 0;
};

}  // namespace chunkmark::versioned
