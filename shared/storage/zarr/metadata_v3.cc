#include <algorithm>

#include "base/error.h"
#include "storage/codec/registry.h"
#include "storage/zarr/document.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {
namespace {

// {"name": .., "configuration": {..}} or the name alone.
struct Extension {
  std::string name;
  json::object configuration;
};

Extension parse_extension(const json::value& value, const std::string& what, const std::string& document) {
  if (value.is_string()) return {std::string(value.get_string()), {}};
  const json::object& object = as_object(value, what, document);
  Extension extension{text_member(object, "name", document), {}};
  if (const json::value* configuration = object.if_contains("configuration")) {
    extension.configuration = as_object(*configuration, what + " configuration", document);
  }
  return extension;
}

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

void parse_bytes(const Extension& codec, ArrayMetadata& metadata, const std::string& document) {
  if (!codec.configuration.contains("endian")) {
    if (metadata.dtype.word_bytes() > 1) refuse_corrupt(document, "\"endian\" for the \"bytes\" codec", "none");
    return;
  }
  const std::string endian = text_member(codec.configuration, "endian", document);
  if (endian != "little" && endian != "big") refuse_corrupt(document, "endian little or big", endian);
  metadata.chain.big_endian = endian == "big";
}

void parse_transpose(const Extension& codec, ArrayMetadata& metadata, const std::string& document) {
  if (member(codec.configuration, "order", document).is_string()) {
    refuse_unsupported(document, "transpose order", text_member(codec.configuration, "order", document));
  }
  for (const std::uint64_t dimension : shape_member(codec.configuration, "order", document)) {
    metadata.chain.transpose.push_back(static_cast<std::size_t>(dimension));
  }
}

// At most one transpose, the bytes codec, at most one compressor, at most one checksum; in this order.
void parse_codecs(const json::value& value, ArrayMetadata& metadata, const std::string& document) {
  enum { kStart, kTransposed, kSerial, kCompressed, kSummed } stage = kStart;
  codec::Chain& chain = metadata.chain;
  for (const json::value& item : as_array(value, "codecs", document)) {
    const Extension codec = parse_extension(item, "codec", document);
    const bool is_array_codec = codec.name == "transpose" || codec.name == "bytes";
    if (codec.name == "sharding_indexed") refuse_unsupported(document, "codec", codec.name);
    if (is_array_codec != (stage < kSerial)) {
      // A codec that is not known cannot be blamed for its place.
      if (!is_array_codec && codec.name != "crc32c") {
        codec::make_compressor(codec.name, codec.configuration, codec::Dialect::kV3, metadata.dtype, document);
      }
      refuse_corrupt(document, stage < kSerial ? "the \"bytes\" codec" : "no second \"bytes\" codec", codec.name);
    }
    if (codec.name == "transpose" && stage == kStart) {
      parse_transpose(codec, metadata, document);
      stage = kTransposed;
    } else if (codec.name == "bytes") {
      parse_bytes(codec, metadata, document);
      stage = kSerial;
    } else if (codec.name == "crc32c" && stage < kSummed) {
      chain.checksum = true;
      stage = kSummed;
    } else if (stage == kSerial) {
      chain.compressor =
          codec::make_compressor(codec.name, codec.configuration, codec::Dialect::kV3, metadata.dtype, document);
      stage = kCompressed;
    } else {
      refuse_unsupported(document, "a further codec", codec.name);
    }
  }
  if (stage < kSerial) refuse_corrupt(document, "a \"bytes\" codec", excerpt(value));
}

json::array codecs_json(const ArrayMetadata& metadata) {
  const codec::Chain& chain = metadata.chain;
  json::array codecs;
  if (!chain.transpose.empty()) {
    codecs.push_back({{"name", "transpose"}, {"configuration", {{"order", json::value_from(chain.transpose)}}}});
  }
  json::object bytes{{"name", "bytes"}};
  if (metadata.dtype.word_bytes() > 1) {
    bytes["configuration"] = json::object{{"endian", chain.big_endian ? "big" : "little"}};
  }
  codecs.push_back(std::move(bytes));
  if (chain.compressor) {
    codecs.push_back(
        {{"name", chain.compressor->name()}, {"configuration", chain.compressor->configuration(codec::Dialect::kV3)}});
  }
  if (chain.checksum) codecs.push_back(json::object{{"name", "crc32c"}});
  return codecs;
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

ArrayMetadata parse_v3(std::string_view text, const std::string& name) {
  const json::value parsed = parse_json(text, name);
  const json::object& document = as_object(parsed, "document", name);
  const std::uint64_t format = unsigned_member(document, "zarr_format", name);
  if (format != 3) refuse_corrupt(name, "zarr_format 3", std::to_string(format));
  const std::string node = text_member(document, "node_type", name);
  if (node != "array") throw Error(ErrorCode::kNotFound, name + ": expected an array, found a " + node);
  check_members(document, name);

  ArrayMetadata metadata;
  metadata.format = Format::kV3;
  metadata.shape = shape_member(document, "shape", name);
  const Extension type = parse_extension(member(document, "data_type", name), "data_type", name);
  const std::optional<array::DType> dtype = array::parse_dtype_name(type.name);
  if (!dtype) refuse_unsupported(name, "data type", type.name);
  metadata.dtype = *dtype;
  parse_grid(member(document, "chunk_grid", name), metadata, name);
  parse_key_encoding(member(document, "chunk_key_encoding", name), metadata, name);
  metadata.fill =
      parse_fill_value(member(document, "fill_value", name), fill_value_numbers(text), metadata.dtype, name);
  parse_codecs(member(document, "codecs", name), metadata, name);
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
      {"data_type", array::dtype_name(metadata.dtype)},
      {"chunk_grid",
       {{"name", "regular"}, {"configuration", {{"chunk_shape", json::value_from(metadata.chunk_shape)}}}}},
      {"chunk_key_encoding",
       {{"name", metadata.v2_chunk_keys ? "v2" : "default"},
        {"configuration", {{"separator", std::string(1, metadata.separator)}}}}},
      {"fill_value", fill_value_json(metadata.fill, metadata.dtype)},
      {"codecs", codecs_json(metadata)},
      {"attributes", metadata.attributes},
  };
  if (metadata.dimension_names) document["dimension_names"] = *metadata.dimension_names;
  return pretty_json(document);
}

}  // namespace chunkmark::zarr
