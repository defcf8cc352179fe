// Sink: where the encoded bytes of one new object go. ObjectReader: the encoded bytes of one stored object.
//
// Both are interfaces that stores implement and codecs use; they only ever borrow the bytes they are given.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace chunkmark::bytes {

// Bytes are appended in order; a reserved range may be filled in later; nothing is visible before commit(),
// and a Sink destroyed without it leaves nothing behind. Not thread-safe.
class Sink {
 public:
  virtual ~Sink() = default;

  // The object's name, for messages.
  virtual const std::string& name() const = 0;

  // Appends the runs one after the other, straight from where they are.
  virtual void append(std::span<const ByteView> runs) = 0;
  void append(ByteView bytes) { append(std::span<const ByteView>(&bytes, 1)); }

  // Appends `bytes` zeros, to be filled in by patch_at at most once. For what is known only at the end, such
  // as a header.
  virtual void reserve(std::size_t bytes) = 0;
  // Fills in reserved bytes at `offset` from the object's begin.
  virtual void patch_at(std::uint64_t offset, ByteView bytes) = 0;

  // Forgets everything appended, so that the object can be encoded in another way.
  virtual void restart() = 0;

  // Publishes the object under its name, replacing what was there; durable as the store promises when it
  // returns.
  virtual void commit() = 0;
};

// An object opened for reading. It stays readable as it was opened, also when the name is replaced meanwhile.
// read_at may be called from several threads at once.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;

  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;

  // Fills the runs one after the other with the bytes from `offset` on. Errors: kCorrupt when the object ends
  // before.
  virtual void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) = 0;
  void read_at(std::uint64_t offset, MutableByteView bytes) {
    read_at(offset, std::span<const MutableByteView>(&bytes, 1));
  }
};

}  // namespace chunkmark::bytes
