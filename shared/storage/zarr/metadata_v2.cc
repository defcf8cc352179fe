#include <algorithm>

#include "storage/codec/registry.h"
#include "storage/zarr/document.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {
namespace {

void parse_type(const json::value& value, ArrayMetadata& metadata, const std::string& document) {
  if (!value.is_string()) refuse_unsupported(document, "structured dtype", excerpt(value));
  const std::string_view text = value.get_string();
  const std::optional<array::NumpyType> type = array::parse_numpy_type_string(text);
  if (!type) refuse_unsupported(document, "dtype", text);
  metadata.dtype = type->dtype;
  metadata.chain.big_endian = type->big_endian;
}

// Zarr v2 knows of filters and of one compressor; here they are codecs, one after the other.
void parse_codec(const json::value& value, const char* what, ArrayMetadata& metadata, const std::string& document) {
  const json::object& settings = as_object(value, what, document);
  metadata.chain.codecs.push_back(codec::make_codec(text_member(settings, "id", document), settings,
                                                    codec::Dialect::kNumcodecs, metadata.dtype, document));
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
  const json::value parsed = parse_json(text, name);
  const json::object& document = as_object(parsed, "document", name);
  const std::uint64_t format = unsigned_member(document, "zarr_format", name);
  if (format != 2) refuse_corrupt(name, "zarr_format 2", std::to_string(format));

  ArrayMetadata metadata;
  metadata.format = Format::kV2;
  metadata.shape = shape_member(document, "shape", name);
  metadata.chunk_shape = shape_member(document, "chunks", name);
  parse_type(member(document, "dtype", name), metadata, name);
  if (const json::value& filters = member(document, "filters", name); !filters.is_null()) {
    for (const json::value& filter : as_array(filters, "filters", name)) parse_codec(filter, "filter", metadata, name);
  }
  if (const json::value& compressor = member(document, "compressor", name); !compressor.is_null()) {
    parse_codec(compressor, "compressor", metadata, name);
  }
  parse_order(document, metadata, name);
  const json::value& fill = member(document, "fill_value", name);
  metadata.has_fill = !fill.is_null();
  if (metadata.has_fill) metadata.fill = parse_fill_value(fill, fill_value_numbers(text), metadata.dtype, name);
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
  json::value compressor;
  json::array codecs;
  for (const auto& codec : chain.codecs) {
    json::object settings{{"id", codec->name()}};
    for (const auto& [key, value] : codec->configuration(codec::Dialect::kNumcodecs)) settings[key] = value;
    codecs.push_back(std::move(settings));
  }
  if (!codecs.empty()) {
    compressor = std::move(codecs.back());
    codecs.pop_back();
  }
  return pretty_json(json::object{
      {"zarr_format", 2},
      {"shape", json::value_from(metadata.shape)},
      {"chunks", json::value_from(metadata.chunk_shape)},
      {"dtype", array::numpy_type_string({metadata.dtype, chain.big_endian})},
      {"compressor", std::move(compressor)},
      {"fill_value", metadata.has_fill ? fill_value_json(metadata.fill, metadata.dtype) : json::value()},
      {"order", chain.transpose.empty() ? "C" : "F"},
      {"filters", codecs.empty() ? json::value() : json::value(std::move(codecs))},
      {"dimension_separator", std::string(1, metadata.separator)},
  });
}

}  // namespace chunkmark::zarr
