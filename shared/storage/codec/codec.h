// Codec: how the serial bytes of one chunk are stored, and how they come back.
//
// A codec moves bytes between the array (through ChunkSource and ChunkDest) and the object (Sink,
// RandomAccess) with scratch whose bound does not depend on the chunk, stated in its header. Immutable; safe
// from several threads.
#pragma once

#include <memory>
#include <string_view>

#include "base/executor.h"
#include "base/json.h"
#include "bytes/random_access.h"
#include "bytes/sink.h"
#include "storage/array/chunk_view.h"
#include "storage/codec/dialect.h"

namespace chunkmark::codec {

using array::ChunkDest;
using array::ChunkSource;
using bytes::RandomAccess;
using bytes::Sink;

class Codec {
 public:
  virtual ~Codec() = default;

  // The registered name: "blosc", "zstd" ... ; the same in Zarr v2 ("id") and v3.
  virtual std::string_view name() const = 0;
  // Its settings, without the name.
  virtual json::object configuration(Dialect dialect) const = 0;

  // Appends the encoded chunk to an empty sink; the caller commits.
  virtual void encode(const ChunkSource& source, Sink& sink, Executor& executor) const = 0;
  // Fills `dest` from the whole object. Errors: kCorrupt, naming the object; `dest` then holds anything.
  virtual void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const = 0;

  // How many bytes `object` decodes to, by what it says itself; where another codec comes before, nobody else knows.
  // Errors: kCorrupt; kUnsupported where it does not say.
  virtual std::uint64_t content_bytes(const bytes::RandomAccess& object) const = 0;
};

}  // namespace chunkmark::codec
