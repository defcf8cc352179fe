// LibraryEngine: a commit's changes to indexes, tables and links through the HDF5 library: files of any layout.
//
// The library sees new chunks, rows and links; it never opens a version's datasets, since its virtual datasets cost
// microseconds per mapping. Table rows are written past its chunk cache, which would write a whole chunk of the table
// for each; a compressed table's last chunk is encoded here. The file stays open in the library between commits.
//
// Links are made with UTF-8 names, at the first of which the library gives a group its newer layout; the group of
// versions then has a B-tree of version 2 and a fractal heap, whose share of a commit hardly grows with their number (a
// symbol table's local heap would be written as a whole for each version).
//
// Borrows the file, which is a bytes::Journal. Not thread-safe. Turns the library's printing of errors off.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/hdf5/encoders.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/hdf5_driver.h"
#include "storage/versioned/commit_engine.h"

namespace chunkmark::hdf5_library {

class LibraryEngine final : public versioned::CommitEngine {
 public:
  explicit LibraryEngine(bytes::RandomAccess& file);
  ~LibraryEngine() override;
  LibraryEngine(const LibraryEngine&) = delete;
  LibraryEngine& operator=(const LibraryEngine&) = delete;

  bool has_version(const std::string& name) override;
  void begin() override;
  std::uint64_t reserve(std::uint64_t bytes) override;
  void link(const std::string& group_path, const std::string& name, std::uint64_t address) override;
  void add_reference(std::uint64_t address) override;
  void extend_raw(const std::string& group_path, std::uint64_t chunks) override;
  void write_chunk(const std::string& group_path, std::uint64_t chunk, const hdf5::EncodedChunk& stored) override;
  void write_rows(const std::string& group_path, const versioned::HashIndex& rows, std::uint64_t first) override;
  void set_current_version(const std::string& name) override;
  void set_data_version(std::int64_t version) override;
  void finish() override;
  void abandon() override;

 private:
  struct Raw;

  Raw& raw(const std::string& group_path);
  void close();
  void write_plain_rows(Raw& raw, const versioned::HashIndex& rows, std::uint64_t first);
  void write_rows_by_library(Raw& raw, hsize_t start, ByteView bytes);
  void write_filtered_rows(Raw& raw, const versioned::HashIndex& rows, std::uint64_t first);
  void write_end_of_file();
  hid_t group(const std::string& path);

  bytes::RandomAccess& file_;
  Handle links_, text_;  // properties of links; the type of names
  std::unique_ptr<Hdf5Driver> driver_;
  Handle current_;  // the attribute current_version
  hid_t id_ = H5I_INVALID_HID, versions_ = H5I_INVALID_HID, memory_ = H5I_INVALID_HID;
  std::uint64_t base_ = 0;
  std::map<std::string, std::unique_ptr<Raw>> raws_;
  hdf5::ChunkEncoder encoder_;
};

}  // namespace chunkmark::hdf5_library
