#include <algorithm>
#include <memory>
#include <utility>

#include "storage/codec/element_filter.h"
#include "storage/codec/registry.h"
#include "storage/zarr/document.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {
namespace {

// What makes bytes of objects stands first among the filters.
std::string_view object_filter(const json::value& filters) {
  const json::array* list = filters.if_array();
  const json::object* first = list == nullptr || list->empty() ? nullptr : list->front().if_object();
  const json::value* id = first == nullptr ? nullptr : first->if_contains("id");
  return id == nullptr || !id->is_string() ? std::string_view() : std::string_view(id->get_string());
}

void parse_type(const json::value& value, std::string_view filter, ArrayMetadata& metadata,
                const std::string& document) {
  ElementType type = parse_type_v2(value, filter, document);
  metadata.dtype = type.dtype;
  metadata.chain.big_endian = std::exchange(type.big_endian, false);
  if (type.kind != ElementType::Kind::kNumber) metadata.type = std::make_shared<ElementType>(std::move(type));
}

// Filters and the compressor, one after the other; `elements` is the type that comes to the next one.
void parse_codec(const json::value& value, const char* what, array::NumpyType& elements, ArrayMetadata& metadata,
                 const std::string& document) {
  const json::object& settings = as_object(value, what, document);
  const std::string id = text_member(settings, "id", document);
  constexpr codec::Dialect kDialect = codec::Dialect::kNumcodecs;
  std::shared_ptr<const codec::Codec> codec;
  if (codec::is_filter_id(id)) {
    codec = codec::make_filter(id, settings, kDialect, elements, document);
    elements = codec->element_types()->encoded;
  } else {
    codec = codec::make_codec(id, settings, kDialect, elements.dtype, document);
  }
  metadata.chain.codecs.push_back(std::move(codec));
}

void parse_codecs(const json::object& object, ArrayMetadata& metadata, const std::string& document) {
  array::NumpyType elements{metadata.dtype, metadata.chain.big_endian};
  if (const json::value& filters = member(object, "filters", document); !filters.is_null()) {
    bool skip = metadata.type && metadata.type->is_variable();
    for (const json::value& filter : as_array(filters, "filters", document)) {
      if (!std::exchange(skip, false)) parse_codec(filter, "filter", elements, metadata, document);
    }
  }
  if (const json::value& compressor = member(object, "compressor", document); !compressor.is_null()) {
    parse_codec(compressor, "compressor", elements, metadata, document);
  }
}

void parse_order(const json::object& object, ArrayMetadata& metadata, const std::string& document) {
  const std::string order = text_member(object, "order", document);
  if (order != "C" && order != "F") refuse_corrupt(document, "order C or F", order.substr(0, 100));
  if (order == "C" || metadata.shape.size() < 2) return;
  for (std::size_t i = metadata.shape.size(); i-- > 0;) metadata.chain.transpose.push_back(i);
}

bool is_reversed(const std::vector<std::size_t>& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != order.size() - 1 - i) return false;
  }
  return true;
}

}  // namespace

ArrayMetadata parse_v2(std::string_view text, const std::string& name) {
  ArrayMetadata metadata;
  const std::string quoted = with_quoted_literals(text, name, metadata.warnings);
  const json::value parsed = parse_json(quoted, name);
  const json::object& document = as_object(parsed, "document", name);
  const std::uint64_t format = unsigned_member(document, "zarr_format", name);
  if (format != 2) refuse_corrupt(name, "zarr_format 2", std::to_string(format));

  metadata.format = Format::kV2;
  metadata.shape = shape_member(document, "shape", name);
  metadata.chunk_shape = shape_member(document, "chunks", name);
  parse_type(member(document, "dtype", name), object_filter(member(document, "filters", name)), metadata, name);
  parse_codecs(document, metadata, name);
  parse_order(document, metadata, name);
  const json::value& fill = member(document, "fill_value", name);
  metadata.has_fill = !fill.is_null();
  if (metadata.has_fill) {
    metadata.fill = parse_fill(metadata.element_type(), fill, fill_value_numbers(quoted), name, metadata.warnings);
  }
  metadata.separator = '.';
  if (document.contains("dimension_separator")) {
    metadata.separator = separator_member(document, "dimension_separator", name);
  }
  check_document(metadata, name);
  return metadata;
}

std::string document_v2(const ArrayMetadata& metadata) {
  const codec::Chain& chain = metadata.chain;
  if (!is_reversed(chain.transpose)) {
    refuse_unsupported("Zarr v2 array", "order of dimensions", excerpt(json::value_from(chain.transpose)));
  }
  ElementType type = metadata.element_type();
  if (type.kind != ElementType::Kind::kStruct) type.big_endian = chain.big_endian;
  json::value compressor;
  json::array codecs;
  for (const auto& codec : chain.codecs) {
    json::object settings{{"id", codec::document_name(*codec, codec::Dialect::kNumcodecs)}};
    for (const auto& [key, value] : codec->configuration(codec::Dialect::kNumcodecs)) settings[key] = value;
    codecs.push_back(std::move(settings));
  }
  if (!codecs.empty()) {
    compressor = std::move(codecs.back());
    codecs.pop_back();
  }
  if (type.is_variable()) codecs.insert(codecs.begin(), json::object{{"id", type.serializer()}});
  return pretty_json(json::object{
      {"zarr_format", 2},
      {"shape", json::value_from(metadata.shape)},
      {"chunks", json::value_from(metadata.chunk_shape)},
      {"dtype", type_json_v2(type)},
      {"compressor", std::move(compressor)},
      {"fill_value", fill_value_json(metadata)},
      {"order", chain.transpose.empty() ? "C" : "F"},
      {"filters", codecs.empty() ? json::value() : json::value(std::move(codecs))},
      {"dimension_separator", std::string(1, metadata.separator)},
  });
}

}  // namespace chunkmark::zarr
