// ArrayMetadata: what a Zarr array's metadata document says, for both versions of the format.
//
// Reading and writing documents are pure functions on text. What Chunkmark does not do is refused by name
// (kUnsupported); what the format does not allow is kCorrupt. Sources: Zarr v2 specification; Zarr v3 core
// specification 3.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "storage/array/dtype.h"
#include "storage/array/shape.h"
#include "storage/codec/chain_document.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::zarr {

enum class Format { kV2, kV3 };

struct ArrayMetadata {
  Format format = Format::kV3;
  array::Shape shape;
  array::Shape chunk_shape;  // same rank as shape, every extent at least 1
  array::DType dtype;
  std::shared_ptr<const ElementType> type;  // where an element is more than a number of that dtype; else null
  array::Element fill{};                    // empty: zeros
  bool has_fill = true;                     // v2 only: "fill_value": null; missing chunks then read as zeros
  codec::Chain chain;
  char separator = '/';        // between the numbers of a chunk's key
  bool v2_chunk_keys = false;  // v3 arrays may name their chunks as v2 does; in v2 always so
  json::object attributes;
  std::optional<json::array> dimension_names;  // v3 only
  std::vector<std::string> warnings;           // what the document has otherwise than the specification, and was read

  ElementType element_type() const { return type ? *type : number_type(dtype); }
};

// The extents of the chunks within shards, in the array's order of dimensions. The chain must have shards.
array::Shape inner_chunk_shape(const ArrayMetadata& metadata);

// The key of a chunk below the array: "c/0/1" (v3), "0.1" (v2).
std::string chunk_key(const ArrayMetadata& metadata, const array::Shape& chunk);

// What the array's chain is applied to.
codec::ChunkType chunk_type(const ArrayMetadata& metadata);

// The fill value as the array's document has it.
json::value fill_value_json(const ArrayMetadata& metadata);

// zarr.json of an array. `name` is the document's, for errors.
ArrayMetadata parse_v3(std::string_view text, const std::string& name);
std::string document_v3(const ArrayMetadata& metadata);

// .zarray; the attributes are a document of their own, .zattrs.
ArrayMetadata parse_v2(std::string_view text, const std::string& name);
std::string document_v2(const ArrayMetadata& metadata);

// Throws kInvalidArgument unless shape, chunk shape and element type go together and stay within bounds.
void check(const ArrayMetadata& metadata, const std::string& name);

}  // namespace chunkmark::zarr
