// RawTable: one dataset path's raw data and hash table as verify sees them, and who uses which chunk.
//
// Internal to verify. Borrows the Session. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/session.h"
#include "storage/versioned/verify.h"

namespace chunkmark::versioned {

class RawTable {
 public:
  using Report = std::function<void(Finding)>;

  // Reads the hash table; what is wrong with it goes to `report`.
  RawTable(Session& session, std::string group_path, std::uint64_t raw_address,
           std::optional<std::uint64_t> table_address, std::int64_t data_version, const Report& report);

  const std::string& group_path() const { return group_path_; }
  std::string raw_path() const { return group_path_ + "/raw_data"; }
  hdf5::Dataset& raw() { return *raw_; }
  std::uint64_t rows() const { return rows_.size(); }
  std::uint64_t chunk_rows() const { return raw_->layout().chunk.at(0); }

  // A version uses the box that starts at this row of raw_data.
  void add_use(std::uint64_t start, std::span<const std::uint64_t> box, std::uint32_t version, const Report& report);
  bool used() const { return !uses_.empty(); }

  // Some version uses chunks that add_use() was not told of: then none is said to be unused.
  void set_uses_unknown() { uses_known_ = false; }

  // Decodes and hashes every used chunk, compares with the rows, and looks for what no version uses. `damaged` gets
  // the versions that use a chunk that is wrong.
  struct Counts {
    std::uint64_t hashed = 0, unhashed = 0;
  };
  Counts check(const Report& report, const std::function<void(std::uint32_t version)>& damaged);

 private:
  struct Row {
    Digest hash;
    std::uint64_t start, stop;
  };
  struct Use {
    std::vector<std::uint64_t> box;
    std::vector<std::uint32_t> versions;
  };

  void read_table(std::uint64_t address, const Report& report);
  void check_rows(const Report& report);
  void check_storage(const Report& report);
  void check_unused(Counts& counts, const Report& report);
  Digest hash_box(std::uint64_t start, std::span<const std::uint64_t> box);
  std::string chunk_name(std::uint64_t start) const;

  Session& session_;
  std::string group_path_;
  std::int64_t data_version_;
  std::unique_ptr<hdf5::Dataset> raw_;
  std::vector<Row> rows_;
  std::map<std::uint64_t, std::size_t> row_of_;  // by start
  std::map<std::uint64_t, Use> uses_;            // by start
  bool uses_known_ = true;
  std::vector<std::byte> box_bytes_;
};

}  // namespace chunkmark::versioned
