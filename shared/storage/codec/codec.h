// Codec: how the serial bytes of one chunk are stored, and how they come back.
//
// A codec moves bytes between the array (through ChunkSource and ChunkDest) and the object (Sink,
// RandomAccess) with scratch whose bound does not depend on the chunk, stated in its header; those that do hold the
// chunk are BufferCodecs. Immutable; safe from several threads.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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

// What a filter makes of an array's elements, with the byte order on both sides.
struct ElementTypes {
  array::NumpyType content, encoded;
};

class Codec {
 public:
  virtual ~Codec() = default;

  // The name in Zarr v2 ("id"): "blosc", "zstd" ...; in v3 see document_name().
  virtual std::string_view name() const = 0;
  // Its settings, without the name.
  virtual json::object configuration(Dialect dialect) const = 0;

  // Appends the encoded chunk to an empty sink; the caller commits.
  virtual void encode(const ChunkSource& source, Sink& sink, Executor& executor) const = 0;
  // Fills `dest` from the whole object. Errors: kCorrupt, naming the object; `dest` then holds anything.
  virtual void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const = 0;

  // How many bytes `object` decodes to, where it says so itself. Errors: kCorrupt.
  virtual std::optional<std::uint64_t> content_bytes(const bytes::RandomAccess& object) const = 0;
  // How many bytes it makes of `bytes` bytes, where that does not depend on what they are.
  virtual std::optional<std::uint64_t> exact_bytes(std::uint64_t /*bytes*/) const { return std::nullopt; }

  // All that `object` decodes to, for the codec that comes before. Errors: kCorrupt, also when it is more than
  // `max_bytes`; kUnsupported where nothing says how much it is.
  virtual std::vector<std::byte> decoded_copy(const bytes::RandomAccess& object, std::uint64_t max_bytes,
                                              Executor& executor) const;

  // Whether encode() works on all lanes of its executor.
  virtual bool encodes_on_lanes() const { return false; }

  // Where it works on elements; null: from bytes to bytes.
  virtual const ElementTypes* element_types() const { return nullptr; }
};

}  // namespace chunkmark::codec
