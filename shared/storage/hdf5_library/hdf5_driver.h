// Hdf5Driver: the HDF5 C library over an bytes::RandomAccess: a virtual file driver.
//
// What writes with the library (commits, tests) goes through the same seam as what reads without it, so that journals,
// fault injection and browser files work under both.
//
//   Hdf5Driver driver(file);
//   hid_t id = H5Fopen("any name", H5F_ACC_RDONLY, driver.access());
//   if (id < 0) driver.fail("open");            // the File's own error if it had one, else what HDF5 says
//
// No exception passes through the library: callbacks keep it here. A read that fails is a failure to the library too; a
// write is not (hdf5_driver.cc says why), nothing is written after it, and the next check() throws it. The driver has
// no sections for metadata accumulation, so that every write reaches the File in the library's order. Borrows the File;
// must outlive every HDF5 object that was opened through it. Not thread-safe.
#pragma once

#include <hdf5.h>

#include <exception>
#include <string>

#include "bytes/random_access.h"

namespace chunkmark::hdf5_library {

class Hdf5Driver {
 public:
  // Registers the driver with the library. Errors: kIo if the library refuses.
  explicit Hdf5Driver(bytes::RandomAccess& file);
  ~Hdf5Driver();
  Hdf5Driver(const Hdf5Driver&) = delete;
  Hdf5Driver& operator=(const Hdf5Driver&) = delete;

  // File access properties with this driver; the caller may set others on them.
  hid_t access() const { return access_; }

  // Throws what a callback kept, or else kIo with the innermost message of HDF5's error stack.
  [[noreturn]] void fail(const std::string& what);
  // As fail() if `status` (an identifier, or the result of a call) is negative or a callback has kept an error; else
  // `status`.
  template <typename Status>
  Status check(Status status, const std::string& what) {
    if (status < 0 || kept_) fail(what);
    return status;
  }

  // So many bytes behind everything that the open file has in use, which the library will never give to anything else:
  // where they start in the file. The library looks for the end anew whenever it allocates.
  std::uint64_t reserve(std::uint64_t bytes);
  // Of the open file: where the next thing goes that the library or reserve() allocates.
  std::uint64_t end() const { return *end_; }
  // From here on nothing that the library writes reaches the file: it is closed after something failed.
  void discard_writes() { discard_ = true; }

  // For the callbacks.
  bytes::RandomAccess& file() { return file_; }
  void keep(std::exception_ptr error) {
    if (!kept_) kept_ = std::move(error);
  }
  bool discards() const { return discard_; }
  void set_end(haddr_t* end) { end_ = end; }

 private:
  bytes::RandomAccess& file_;
  hid_t driver_ = H5I_INVALID_HID;
  hid_t access_ = H5I_INVALID_HID;
  std::exception_ptr kept_;
  haddr_t* end_ = nullptr;  // of the open file's addresses
  bool discard_ = false;
};

}  // namespace chunkmark::hdf5_library
