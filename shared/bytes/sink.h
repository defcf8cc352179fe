// Sink: where the encoded bytes of one new object go: a local file, memory, and later a socket or a multipart upload.
//
// Stores implement it and codecs use it; it only ever borrows the bytes it is given.
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

  // Forgets what was appended or reserved beyond `size` bytes, so that it can be encoded in another way. `size` is 0,
  // or where a range was reserved last.
  virtual void truncate(std::uint64_t size) = 0;

  // Publishes the object under its name, replacing what was there; durable as the store promises when it
  // returns.
  virtual void commit() = 0;
};

}  // namespace chunkmark::bytes
