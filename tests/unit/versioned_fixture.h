// VersionedFixture: writes small versioned HDF5 files with the HDF5 C library, in the layout of the Python library, so
// that tests need no data files.
//
// Goes through Hdf5Driver into memory. image() is the file. Chunks are kept once, by hash, as upstream keeps them. What
// tests want to be wrong is set in `flaws`. Not thread-safe.
#pragma once

#include <hdf5.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bytes/memory_file.h"
#include "storage/hdf5_library/hdf5_driver.h"
#include "storage/versioned/sha256.h"

namespace chunkmark::versioned {

// A dataset's contents in one version: row-major elements of a native type.
struct FixtureArray {
  std::vector<hsize_t> shape;
  std::vector<std::byte> bytes;

  template <typename T>
  static FixtureArray of(std::vector<hsize_t> shape, const std::vector<T>& values) {
    FixtureArray array{std::move(shape), {}};
    const auto bytes = std::as_bytes(std::span(values));
    array.bytes.assign(bytes.begin(), bytes.end());
    return array;
  }
};

struct FixtureDataset {
  hid_t type = H5T_NATIVE_INT32;
  std::vector<hsize_t> chunk;
  std::vector<std::byte> fill;         // of the type's size, or empty
  std::function<void(hid_t)> filters;  // on the creation properties of raw_data
};

class VersionedFixture {
 public:
  explicit VersionedFixture(bool latest = false, hsize_t user_block = 0);
  ~VersionedFixture();

  void declare(const std::string& path, FixtureDataset dataset);
  // A version with these datasets (declared paths) and nothing else.
  void commit(const std::string& name, const std::string& previous, const std::string& timestamp,
              const std::map<std::string, FixtureArray>& arrays, bool committed = true);
  void set_current(const std::string& name);
  void set_data_version(std::int64_t version);
  hid_t id() const { return file_; }

  // The closed file's bytes.
  std::vector<std::byte> image();

  struct Flaws {
    bool skip_rows = false;  // chunks without rows in the hash table
    bool wrong_hash = false;
    bool merge_mappings = false;   // one mapping for all chunks of one axis that lie together
    bool mapping_outside = false;  // source rows behind raw_data's end
  };
  Flaws flaws;

 private:
  struct State {
    FixtureDataset spec;
    hid_t raw = H5I_INVALID_HID, table = H5I_INVALID_HID;
    std::map<Digest, hsize_t> rows;  // start row by hash
    hsize_t next = 0, table_rows = 0;
  };
  hsize_t store_chunk(State& state, const FixtureArray& array, const std::vector<hsize_t>& start,
                      const std::vector<hsize_t>& count);
  void append_row(State& state, const Digest& hash, hsize_t start, hsize_t stop);

  bytes::MemoryFile memory_;
  hdf5_library::Hdf5Driver driver_;
  hid_t file_ = H5I_INVALID_HID;
  std::map<std::string, State> datasets_;
};

// A file of three versions on two branches: "x" (1-D int32, chunk 4, fill 7), "group/m" (2-D float64, chunk 2x3).
std::vector<std::byte> small_versioned_file(bool latest = false);

}  // namespace chunkmark::versioned
