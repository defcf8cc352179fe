// A chain as Zarr v3's metadata documents have it: the list "codecs", of an array or of the inner chunks of shards.
#pragma once

#include <string>

#include "storage/codec/chain.h"

namespace chunkmark::codec {

// {"name": .., "configuration": {..}}, or the name alone: how v3 writes everything that may be extended.
struct Extension {
  std::string name;
  json::object configuration;
};
Extension parse_extension(const json::value& value, const std::string& what, const std::string& document);

// What a chain is applied to.
struct ChunkType {
  array::DType dtype;
  array::Element fill{};
  std::string_view serializer = "bytes";  // "vlen-utf8", "vlen-bytes": what makes bytes of variable-length strings
  bool is_struct = false;                 // fields of several bytes within opaque ones, stored in little endian
};

// Errors: kCorrupt and kUnsupported, naming `document`. That orders and shapes go together is for check_chain.
Chain parse_chain(const json::value& codecs, const ChunkType& chunk, const std::string& document);
// Errors: kUnsupported for what v3 cannot say (filters behind codecs from bytes to bytes).
json::array chain_json(const Chain& chain, const ChunkType& chunk);

// Errors: kInvalidArgument, naming `name`, unless the chain can be applied to chunks of this shape.
void check_chain(const Chain& chain, const array::Shape& chunk_shape, const std::string& name);

}  // namespace chunkmark::codec
