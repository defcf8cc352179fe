#include "base/error.h"
#include "storage/codec/chain_document.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/document.h"

namespace chunkmark::zarr {

array::Shape shape_member(const json::object& object, std::string_view key, const std::string& document) {
  array::Shape shape;
  for (const json::value& extent : as_array(member(object, key, document), std::string(key), document)) {
    if (!extent.is_int64() || extent.get_int64() < 0) {
      refuse_corrupt(document, "extents of at least 0 in \"" + std::string(key) + "\"", excerpt(extent));
    }
    shape.push_back(static_cast<std::uint64_t>(extent.get_int64()));
  }
  return shape;
}

char separator_member(const json::object& object, std::string_view key, const std::string& document) {
  const std::string text = text_member(object, key, document);
  if (text != "." && text != "/") refuse_corrupt(document, "separator . or /", text.substr(0, 100));
  return text[0];
}

array::Shape inner_chunk_shape(const ArrayMetadata& metadata) {
  const array::Shape& stored = metadata.chain.sharding->settings().inner_shape;
  array::Shape inner(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    inner[metadata.chain.transpose.empty() ? i : metadata.chain.transpose[i]] = stored[i];
  }
  return inner;
}

void check(const ArrayMetadata& metadata, const std::string& name) {
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected " + expected + ", found " + found);
  };
  const bool is_named = metadata.type ? metadata.dtype == metadata.type->dtype
                                      : array::parse_dtype_name(array::dtype_name(metadata.dtype)).has_value();
  if (!is_named) {
    refuse("a type that Zarr names", "elements of " + std::to_string(metadata.dtype.item_bytes) + " bytes of another");
  }
  const std::size_t fill_bytes = metadata.fill.size();
  const bool is_variable = metadata.type && metadata.type->is_variable();
  if (!is_variable && fill_bytes != 0 && fill_bytes != metadata.dtype.item_bytes) {
    refuse("a fill value of " + std::to_string(metadata.dtype.item_bytes) + " bytes", std::to_string(fill_bytes));
  }
  const std::size_t rank = metadata.shape.size();
  if (metadata.chunk_shape.size() != rank) {
    refuse("chunks of rank " + std::to_string(rank), array::to_string(metadata.chunk_shape));
  }
  for (const std::uint64_t extent : metadata.chunk_shape) {
    if (extent == 0) refuse("chunk extents of at least 1", array::to_string(metadata.chunk_shape));
  }
  array::checked_element_count(metadata.shape, metadata.dtype.item_bytes, name + ": shape");
  array::checked_element_count(metadata.chunk_shape, metadata.dtype.item_bytes, name + ": chunk shape");
  if (metadata.dimension_names && metadata.dimension_names->size() != rank) {
    refuse(std::to_string(rank) + " dimension names", std::to_string(metadata.dimension_names->size()));
  }
  codec::check_chain(metadata.chain, metadata.chunk_shape, name);
  if (metadata.format == Format::kV2 && (metadata.chain.sharding || metadata.dimension_names)) {
    refuse("nothing that Zarr v2 cannot say", metadata.chain.sharding ? "shards" : "dimension names");
  }
}

void check_document(ArrayMetadata& metadata, const std::string& document) {
  if (metadata.chunk_shape.size() == metadata.shape.size()) {
    for (std::size_t i = 0; i < metadata.shape.size(); ++i) {
      if (metadata.shape[i] == 0 && metadata.chunk_shape[i] == 0) metadata.chunk_shape[i] = 1;
    }
  }
  try {
    check(metadata, document);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, error.what());
  }
}

}  // namespace chunkmark::zarr
