// RawStore: one dataset path as a writer keeps it between commits: what its elements are, how many chunks raw_data has,
// which hashes they have, and the chunks that were written last.
//
// Internal to this room. What a dataset of this path is made of never changes in a file. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/hdf5/encoders.h"
#include "storage/hdf5/header_writer.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/hash_index.h"
#include "storage/versioned/session.h"

namespace chunkmark::versioned {

// Rows in a chunk of the hash tables that we make. Upstream makes chunks of 4096, which it compresses; of an
// uncompressed table each chunk that is begun takes its whole space.
inline constexpr std::uint64_t kTableChunk = 128;

// What create_dataset() was told.
struct DatasetSpec {
  hdf5::Bytes type_message, fill_message;
  hdf5::Datatype type;
  std::vector<std::byte> fill;  // of an element, or empty for zeros
  array::Shape chunk;
  std::vector<hdf5::Filter> filters;

  std::uint32_t element_bytes() const { return type.size; }
  bool strings() const { return type.is_variable_string(); }
  std::uint64_t chunk_elements() const { return array::element_count(chunk); }
  array::DType dtype() const { return array::opaque(type.size); }
};

// The elements of one whole chunk, padding (fill value) included: bytes, or strings.
struct StagedChunk {
  std::vector<std::byte> bytes;
  std::vector<std::string> strings;
  std::optional<Digest> hash = {};  // as of the commit under way; none for a chunk that needs no row
  // What is known of its first rows, so that those which are appended to it are hashed alone.
  std::optional<HashedRows> hashed = {};

  // Elements from this row on (of the chunk's first axis) are about to be others.
  void change_from(std::uint64_t row) {
    if (hashed && row < hashed->rows) hashed.reset();
  }
};

class RawStore {
 public:
  RawStore(std::string path, DatasetSpec spec, CreateScratch create_scratch)
      : path_(std::move(path)), spec_(std::move(spec)), index_(std::move(create_scratch)) {}

  const std::string& path() const { return path_; }
  // "/_version_data/PATH", and raw_data in it.
  std::string group_path() const { return "/" + std::string(kVersionData) + "/" + path_; }
  std::string raw_path() const { return group_path() + "/raw_data"; }
  const DatasetSpec& spec() const { return spec_; }

  bool loaded() const { return loaded_; }
  // Reads the hash table, if that was not done. Chunks without a row get one, since the next writer of any kind takes
  // the number of rows for the number of chunks. Errors: kCorrupt, kUnsupported.
  void load(Session& session);
  // The file is not as it was thought to be: a commit failed.
  void forget();

  bool in_file() const { return in_file_; }
  void set_in_file() { in_file_ = true; }
  std::uint64_t chunks() const { return chunks_; }
  HashIndex& index() { return index_; }
  // A row of the table that the file has.
  HashRow read_row(Session& session, std::uint64_t number) const;
  // Rows of the table that the file has.
  std::uint64_t rows_in_file() const { return rows_in_file_; }
  void set_rows_in_file();
  // The first row in raw_data of a new chunk.
  std::uint64_t append(const Digest& hash, std::uint64_t valid_rows);

  // Chunks of the last commits, by first row, so that the next edit of them reads nothing.
  std::map<std::uint64_t, std::unique_ptr<StagedChunk>> recent;

 private:
  std::string table_path() const { return group_path() + "/hash_table"; }
  void add_missing_rows(hdf5::Dataset& raw, const std::vector<bool>& has_row, hdf5::GlobalHeap& heap);

  std::string path_;
  DatasetSpec spec_;
  bool loaded_ = false, in_file_ = false;
  std::uint64_t chunks_ = 0, rows_in_file_ = 0;
  std::uint64_t table_chunk_ = kTableChunk;  // rows
  HashIndex index_;
};

// What the file says of the dataset whose raw data these are.
DatasetSpec read_spec(const hdf5::Dataset& raw);
// Errors: kUnsupported for elements that commits cannot write, naming `path`.
void check_writable(const DatasetSpec& spec, const std::string& path);
// Errors: kConflict unless `wanted` is what `path` has been for the file's life.
void check_same(const DatasetSpec& wanted, const DatasetSpec& found, const std::string& path);

}  // namespace chunkmark::versioned
