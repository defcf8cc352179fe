#include <algorithm>
#include <memory>

#include "base/error.h"
#include "storage/codec/chain_document.h"
#include "storage/zarr/document.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {
namespace {

using codec::Extension;
using codec::parse_extension;

void parse_grid(const json::value& value, ArrayMetadata& metadata, const std::string& document) {
  const Extension grid = parse_extension(value, "chunk_grid", document);
  if (grid.name != "regular") refuse_unsupported(document, "chunk grid", grid.name);
  metadata.chunk_shape = shape_member(grid.configuration, "chunk_shape", document);
}

void parse_key_encoding(const json::value& value, ArrayMetadata& metadata, const std::string& document) {
  const Extension encoding = parse_extension(value, "chunk_key_encoding", document);
  if (encoding.name != "default" && encoding.name != "v2") {
    refuse_unsupported(document, "chunk key encoding", encoding.name);
  }
  metadata.v2_chunk_keys = encoding.name == "v2";
  metadata.separator = metadata.v2_chunk_keys ? '.' : '/';
  if (encoding.configuration.contains("separator")) {
    metadata.separator = separator_member(encoding.configuration, "separator", document);
  }
}

// Members that this reader does not know must say that they may be ignored.
void check_members(const json::object& document, const std::string& name) {
  constexpr std::string_view kKnown[] = {"zarr_format",         "node_type",  "shape",  "data_type",  "chunk_grid",
                                         "chunk_key_encoding",  "fill_value", "codecs", "attributes", "dimension_names",
                                         "storage_transformers"};
  for (const auto& [key, value] : document) {
    if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) continue;
    const json::object* object = value.if_object();
    const json::value* must = object != nullptr ? object->if_contains("must_understand") : nullptr;
    if (must != nullptr && must->is_bool() && !must->get_bool()) continue;
    refuse_unsupported(name, "member", std::string(key));
  }
}

}  // namespace

codec::ChunkType chunk_type(const ArrayMetadata& metadata) {
  const ElementType type = metadata.element_type();
  return {type.dtype, metadata.fill, type.serializer(), type.kind == ElementType::Kind::kStruct};
}

ArrayMetadata parse_v3(std::string_view text, const std::string& name) {
  ArrayMetadata metadata;
  const std::string quoted = with_quoted_literals(text, name, metadata.warnings);
  const json::value parsed = parse_json(quoted, name);
  const json::object& document = as_object(parsed, "document", name);
  const std::uint64_t format = unsigned_member(document, "zarr_format", name);
  if (format != 3) refuse_corrupt(name, "zarr_format 3", std::to_string(format));
  const std::string node = text_member(document, "node_type", name);
  if (node != "array") throw Error(ErrorCode::kNotFound, name + ": expected an array, found a " + node);
  check_members(document, name);

  metadata.format = Format::kV3;
  metadata.shape = shape_member(document, "shape", name);
  const ElementType type = parse_type_v3(member(document, "data_type", name), name);
  metadata.dtype = type.dtype;
  if (type.kind != ElementType::Kind::kNumber) metadata.type = std::make_shared<ElementType>(type);
  parse_grid(member(document, "chunk_grid", name), metadata, name);
  parse_key_encoding(member(document, "chunk_key_encoding", name), metadata, name);
  metadata.fill =
      parse_fill(type, member(document, "fill_value", name), fill_value_numbers(quoted), name, metadata.warnings);
  metadata.chain = codec::parse_chain(member(document, "codecs", name), chunk_type(metadata), name);
  if (const json::value* attributes = document.if_contains("attributes")) {
    metadata.attributes = as_object(*attributes, "attributes", name);
  }
  if (const json::value* names = document.if_contains("dimension_names"); names != nullptr && !names->is_null()) {
    metadata.dimension_names = as_array(*names, "dimension_names", name);
  }
  if (const json::value* transformers = document.if_contains("storage_transformers")) {
    if (!as_array(*transformers, "storage_transformers", name).empty()) {
      refuse_unsupported(name, "storage transformer", json::serialize(*transformers));
    }
  }
  check_document(metadata, name);
  return metadata;
}

std::string document_v3(const ArrayMetadata& metadata) {
  json::object document{
      {"zarr_format", 3},
      {"node_type", "array"},
      {"shape", json::value_from(metadata.shape)},
      {"data_type", type_json_v3(metadata.element_type())},
      {"chunk_grid",
       {{"name", "regular"}, {"configuration", {{"chunk_shape", json::value_from(metadata.chunk_shape)}}}}},
      {"chunk_key_encoding",
       {{"name", metadata.v2_chunk_keys ? "v2" : "default"},
        {"configuration", {{"separator", std::string(1, metadata.separator)}}}}},
      {"fill_value", fill_value_json(metadata)},
      {"codecs", codec::chain_json(metadata.chain, chunk_type(metadata))},
      {"attributes", metadata.attributes},
  };
  if (metadata.dimension_names) document["dimension_names"] = *metadata.dimension_names;
  return pretty_json(document);
}

}  // namespace chunkmark::zarr
