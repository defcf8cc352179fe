#include "zarr/document.h"

#include "base/error.h"

namespace chunkmark::zarr {
namespace {

// What a message shows of a value: enough to recognise it.
std::string excerpt(const json::value& value) {
  std::string text = json::serialize(value);
  if (text.size() > 100) text = text.substr(0, 97) + "...";
  return text;
}

}  // namespace

void refuse_corrupt(const std::string& document, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kCorrupt, document + ": expected " + expected + ", found " + found);
}

void refuse_unsupported(const std::string& document, const std::string& what, const std::string& name) {
  throw Error(ErrorCode::kUnsupported,
              document + ": " + what + " \"" + name.substr(0, 100) + "\" is not supported");
}

const json::value& member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) refuse_corrupt(document, "\"" + std::string(key) + "\"", "none");
  return *value;
}

const json::object& as_object(const json::value& value, const std::string& what,
                              const std::string& document) {
  if (!value.is_object()) refuse_corrupt(document, what + " to be an object", excerpt(value));
  return value.get_object();
}

const json::array& as_array(const json::value& value, const std::string& what, const std::string& document) {
  if (!value.is_array()) refuse_corrupt(document, what + " to be a list", excerpt(value));
  return value.get_array();
}

std::string text_member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value& value = member(object, key, document);
  if (!value.is_string()) refuse_corrupt(document, "text as \"" + std::string(key) + "\"", excerpt(value));
  return std::string(value.get_string());
}

std::uint64_t unsigned_member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value& value = member(object, key, document);
  if (value.is_uint64()) return value.get_uint64();
  if (!value.is_int64() || value.get_int64() < 0) {
    refuse_corrupt(document, "a whole number as \"" + std::string(key) + "\"", excerpt(value));
  }
  return static_cast<std::uint64_t>(value.get_int64());
}

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

void check(const ArrayMetadata& metadata, const std::string& name) {
  if (metadata.chunk_shape.size() != metadata.shape.size()) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected chunks of rank " +
                                                 std::to_string(metadata.shape.size()) + ", found " +
                                                 array::to_string(metadata.chunk_shape));
  }
  for (const std::uint64_t extent : metadata.chunk_shape) {
    if (extent == 0) {
      throw Error(ErrorCode::kInvalidArgument, name + ": expected chunk extents of at least 1, found " +
                                                   array::to_string(metadata.chunk_shape));
    }
  }
  array::checked_element_count(metadata.shape, metadata.dtype.item_bytes, name + ": shape");
  array::checked_element_count(metadata.chunk_shape, metadata.dtype.item_bytes, name + ": chunk shape");
  if (metadata.dimension_names && metadata.dimension_names->size() != metadata.shape.size()) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected " + std::to_string(metadata.shape.size()) +
                                                 " dimension names, found " +
                                                 std::to_string(metadata.dimension_names->size()));
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
