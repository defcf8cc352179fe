// PatchEngine: a commit's changes to indexes, tables and links as patches of the file's own structures, without the
// HDF5 library.
//
// For files of the layout that new_versioned_file() makes, and that the Python library keeps: superblock version 0 with
// no user block, `versions` a symbol table, chunks in version 1 B-trees, an uncompressed hash table. Every call reads
// and checks the structures that it changes, and leaves them whole, so that what it does not understand (another
// layout, names that are not ASCII, damage) goes to the fallback in the middle of a commit: the rest of the commit, and
// those that follow, where the file's layout is the reason; else that call alone. Without a fallback (browsers) such a
// call is the error that the check found.
//
// Where things are is kept between commits, for each dataset written to: nothing that grows with the number of
// versions. Borrows file (a bytes::Journal) and fallback. Not thread-safe. Errors: kUnsupported, kCorrupt, kConflict,
// and those of the file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "storage/hdf5/chunk_tree_writer.h"
#include "storage/hdf5/header_patch.h"
#include "storage/hdf5/symbol_table_writer.h"
#include "storage/versioned/commit_engine.h"

namespace chunkmark::versioned {

class PatchEngine final : public CommitEngine {
 public:
  explicit PatchEngine(bytes::RandomAccess& file, CommitEngine* fallback = nullptr)
      : space_{file}, fallback_(fallback) {}
  PatchEngine(const PatchEngine&) = delete;
  PatchEngine& operator=(const PatchEngine&) = delete;

  bool has_version(const std::string& name) override;
  void begin() override;
  std::uint64_t reserve(std::uint64_t bytes) override;
  void link(const std::string& group_path, const std::string& name, std::uint64_t address) override;
  void add_reference(std::uint64_t address) override;
  void extend_raw(const std::string& group_path, std::uint64_t chunks) override;
  void write_chunk(const std::string& group_path, std::uint64_t chunk, const hdf5::EncodedChunk& stored) override;
  void write_rows(const std::string& group_path, const HashIndex& rows, std::uint64_t first) override;
  void set_current_version(const std::string& name) override;
  void set_data_version(std::int64_t version) override;
  void finish() override;
  void abandon() override;

  // Whether the last commit, or the one that is on, was left to the fallback from some call on.
  bool falls_back() const { return falls_back_; }

 private:
  // One chunked dataset: its header, and its chunks.
  struct Chunked {
    hdf5::HeaderPatch header;
    hdf5::HeaderPatch::Field extent, tree_address;
    hdf5::ChunkTreeWriter chunks;
    std::uint64_t chunk_rows, chunk_bytes;
    std::optional<hdf5::HeaderPatch::Field> largest = {};  // of a hash table
  };
  struct Raw {
    std::optional<Chunked> data, table;
  };
  struct Versions {
    hdf5::HeaderPatch header;
    hdf5::SymbolTableWriter links;
  };
  // What a call does when its own way is not possible.
  enum class Otherwise { kRestOfFile, kThisCall };

  template <typename Own, typename Other>
  void either(Otherwise otherwise, Own own, Other other);
  void open();
  void forget();
  void write_end_of_file();

  std::optional<std::uint64_t> find_object(const std::string& path) const;
  void link_own(const std::string& group_path, const std::string& name, std::uint64_t address);
  Raw& raw(const std::string& group_path);
  Chunked open_chunked(const std::string& path);
  Chunked& table(const std::string& group_path);
  void add_chunk(Chunked& to, std::uint64_t number, const hdf5::EncodedChunk& stored);
  void write_table_rows(Chunked& table, const HashIndex& rows, std::uint64_t first);
  void set_current_own(const std::string& name);

  hdf5::FileSpace space_;
  CommitEngine* fallback_;
  bool ready_ = false, falls_back_ = false;
  std::uint64_t written_end_ = 0;  // of file, as the superblock says
  unsigned chunk_tree_k_ = 0;
  hdf5::GroupFanout fanout_;
  std::optional<Versions> versions_;
  std::map<std::string, Raw> raws_;
};

}  // namespace chunkmark::versioned
