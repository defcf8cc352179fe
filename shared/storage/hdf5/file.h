// File: the one seam between HDF5 files and the world: bytes at offsets.
//
// A local file, a journal over one, a ranged HTTP object and a browser file are subclasses; so are the faulty
// and counting files of the tests. Everything that this room reads goes through read_at or view. Invariant:
// between two writes, the same offset reads the same bytes. Errors: kIo (or what the implementation says) as
// chunkmark::Error; reading past size() is an error. Thread-safety: whatever the implementation says; the
// readers of this room use one File from one thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace chunkmark::hdf5 {

class File {
 public:
  virtual ~File() = default;

  // What messages call the file: a path or an address.
  virtual std::string name() const = 0;
  virtual std::uint64_t size() const = 0;

  // Fills `into` from `offset`, wholly or with an error.
  virtual void read_at(std::uint64_t offset, MutableByteView into) const = 0;

  // The bytes themselves where the implementation has them in memory for as long as it lives and is not
  // written; empty where it has not, and the caller uses read_at.
  virtual ByteView view(std::uint64_t /*offset*/, std::uint64_t /*size*/) const { return {}; }

  // A file that can be written overrides all three. write_at past the end makes the file longer.
  virtual void write_at(std::uint64_t /*offset*/, ByteView /*bytes*/) { refuse("write_at"); }
  virtual void truncate(std::uint64_t /*size*/) { refuse("truncate"); }
  // Everything written so far survives a power cut once it returns.
  virtual void sync() { refuse("sync"); }

 protected:
  File() = default;
  File(const File&) = default;
  File& operator=(const File&) = default;

 private:
  [[noreturn]] void refuse(const char* what) const {
    throw Error(ErrorCode::kUnsupported, name() + ": " + what + ": the file is open for reading only");
  }
};

}  // namespace chunkmark::hdf5
