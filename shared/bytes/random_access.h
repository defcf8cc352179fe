// RandomAccess: bytes at offsets, the one seam between whatever holds bytes and whatever understands them.
//
// A local file, an object of a store, memory, and later ranged HTTP and browser files implement it; an index, a
// fault injector, a journal and a block cache are decorators over another one. Formats (Zarr's chunks, HDF5
// files) read through nothing else. Invariant: between two writes, the same offset reads the same bytes; what was
// opened for reading stays as it was opened, also when its name is replaced meanwhile.
// Thread-safety: reads may be made from several threads at once unless an implementation says otherwise; writing is
// for one thread, and not beside reads. Errors: whatever holds the bytes says; kCorrupt for reading past the end.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace chunkmark::bytes {

struct Extent {
  std::uint64_t offset = 0, size = 0;
};

class RandomAccess {
 public:
  virtual ~RandomAccess() = default;

  // What messages call it: a path, a key, an address.
  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;

  // Fills the runs one after the other with the bytes from `offset` on, wholly or with an error.
  virtual void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const = 0;
  void read_at(std::uint64_t offset, MutableByteView run) const { read_at(offset, std::span(&run, 1)); }

  // The bytes themselves where the implementation has them in memory for as long as it lives and is not written;
  // empty where it has not, and the caller uses read_at.
  virtual ByteView view(std::uint64_t /*offset*/, std::uint64_t /*size*/) const { return {}; }

  // A hint: these parts, which may reach past the end, are read next. Far away they come beside each other, not one
  // round trip after the other; elsewhere it is not wanted. Errors: as read_at.
  virtual void prefetch(std::span<const Extent> /*parts*/) const {}
  virtual bool wants_prefetch() const { return false; }

  // A text that is another one whenever the bytes are (an object's ETag); empty where nobody knows one.
  virtual std::string identity() const { return {}; }

  // A file that others write may change between calls, but not between these two. The number that begin_reading()
  // returns is another one when the bytes may have changed since the call before: what was learnt from them is then to
  // be read again. Calls do not nest. Elsewhere nothing changes, and they cost nothing.
  virtual std::uint64_t begin_reading() const { return 0; }
  virtual void end_reading() const {}

  // What can be written overrides all three; elsewhere they are kUnsupported. Writing past the end makes it longer.
  virtual void write_at(std::uint64_t offset, std::span<const ByteView> runs);
  void write_at(std::uint64_t offset, ByteView run) { write_at(offset, std::span(&run, 1)); }
  virtual void truncate(std::uint64_t size);
  // Everything written so far survives a power cut once it returns.
  virtual void sync();

 protected:
  RandomAccess() = default;
  RandomAccess(const RandomAccess&) = default;
  RandomAccess& operator=(const RandomAccess&) = default;
};

std::uint64_t total_bytes(std::span<const MutableByteView> runs);
std::uint64_t total_bytes(std::span<const ByteView> runs);

// Errors: kCorrupt "NAME: expected N bytes, found M" unless [offset, offset + count) lies within `size`.
void check_range(const std::string& name, std::uint64_t offset, std::uint64_t count, std::uint64_t size);

}  // namespace chunkmark::bytes
