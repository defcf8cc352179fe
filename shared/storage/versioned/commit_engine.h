// CommitEngine: the changes that a commit makes to what is in the file already: indexes, tables, links.
//
// New objects (headers, heaps) are written by the Writer itself, in space that reserve() gives. What the engine changes
// goes into the file that the Writer journals, so that nothing of it counts before the journal's commit. One
// implementation goes through the HDF5 library and takes files of any layout (hdf5_library/library_engine.h); another
// patches files of the layout that new_versioned_file() makes without it (patch_engine.h).
//
// Addresses are those of the file's structures (a user block before it is the engine's affair). Not thread-safe.
// Errors: chunkmark::Error; after one the caller calls abandon().
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "storage/hdf5/encoders.h"
#include "storage/versioned/hash_index.h"

namespace chunkmark::versioned {

class CommitEngine {
 public:
  virtual ~CommitEngine() = default;

  // Whether there is a version of that name; also outside a commit.
  virtual bool has_version(const std::string& name) = 0;

  // Before the first call of a commit: the file is as the journal shows it.
  virtual void begin() = 0;
  // The address of so many bytes behind all that is in use; a multiple of 8. The caller writes them before it names
  // them to link().
  virtual std::uint64_t reserve(std::uint64_t bytes) = 0;
  // A hard link `name` in the group at this absolute path, whose missing groups are made, to the object at the address.
  virtual void link(const std::string& group_path, const std::string& name, std::uint64_t address) = 0;
  // One more link points to this object.
  virtual void add_reference(std::uint64_t address) = 0;

  // raw_data of the dataset group at this absolute path gets as many chunks on its first axis.
  virtual void extend_raw(const std::string& group_path, std::uint64_t chunks) = 0;
  virtual void write_chunk(const std::string& group_path, std::uint64_t chunk, const hdf5::EncodedChunk& stored) = 0;
  // The rows from `first` on are new; those of the table's chunk that `first` is in are kept, too.
  virtual void write_rows(const std::string& group_path, const HashIndex& rows, std::uint64_t first) = 0;

  virtual void set_current_version(const std::string& name) = 0;
  virtual void set_data_version(std::int64_t version) = 0;
  // After the last call: all of it is in the journal's hands.
  virtual void finish() = 0;
  // Forgets everything since begin(), and writes nothing more.
  virtual void abandon() = 0;
};

}  // namespace chunkmark::versioned
