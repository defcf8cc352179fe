#include "requests/params.h"

#include <limits>

#include "base/error.h"
#include "base/json_members.h"

namespace chunkmark::requests {

namespace {

[[noreturn]] void refuse(std::string_view key, const std::string& expected, const json::value* found) {
  throw Error(ErrorCode::kInvalidArgument, std::string(key) + ": expected " + expected + ", found " +
                                               (found != nullptr ? excerpt(*found) : std::string("nothing")));
}

std::optional<Number> whole_number(const json::value& value) {
  json::error_code inexact;  // negative, too large, or with a fraction
  if (!value.is_number()) return std::nullopt;
  const auto number = value.to_number<Number>(inexact);
  return inexact ? std::nullopt : std::optional(number);
}

array::Shape shape_in(const json::value* value, std::string_view key) {
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr) refuse(key, "a list of whole numbers", value);
  array::Shape shape;
  for (const json::value& each : *list) {
    const auto number = whole_number(each);
    if (!number) refuse(key, "a list of whole numbers", value);
    shape.push_back(*number);
  }
  return shape;
}

}  // namespace

std::optional<Number> optional_number(const json::object& params, std::string_view key) {
  const json::value* value = params.if_contains(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto number = whole_number(*value);
  if (!number) refuse(key, "a whole number", value);
  return number;
}

Number number_of(const json::object& params, std::string_view key) {
  const auto number = optional_number(params, key);
  if (!number) refuse(key, "a whole number", params.if_contains(key));
  return *number;
}

std::string text_or(const json::object& params, std::string_view key, std::string_view otherwise) {
  const json::value* value = params.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string(otherwise);
  if (!value->is_string()) refuse(key, "a text", value);
  return std::string(value->get_string());
}

std::string text_of(const json::object& params, std::string_view key) {
  if (!params.contains(key)) refuse(key, "a text", nullptr);
  return text_or(params, key, "");
}

array::Shape shape_of(const json::object& params, std::string_view key) {
  return shape_in(params.if_contains(key), key);
}

array::Region region_of(const json::object& params, const array::Shape& shape) {
  const json::value* value = params.if_contains("region");
  if (value == nullptr || value->is_null()) return array::whole(shape);
  const json::array* list = value->if_array();
  if (list == nullptr || list->size() != 2) refuse("region", "[[start...], [shape...]]", value);
  const array::Region region{shape_in(&(*list)[0], "region"), shape_in(&(*list)[1], "region")};
  bool inside = region.start.size() == shape.size() && region.shape.size() == shape.size();
  for (std::size_t i = 0; inside && i < shape.size(); ++i)
    inside = region.start[i] <= shape[i] && region.shape[i] <= shape[i] - region.start[i];
  if (!inside) refuse("region", "a part of " + json::serialize(json::value_from(shape)), value);
  return region;
}

std::size_t bytes_of(const array::Shape& shape, std::size_t element_bytes, const std::string& name) {
  std::uint64_t bytes = element_bytes;
  for (const std::uint64_t extent : shape) {
    if (extent != 0 && bytes > std::numeric_limits<std::size_t>::max() / 2 / extent)
      throw Error(ErrorCode::kUnsupported, name + ": more bytes than memory can have; ask for a region");
    bytes *= extent;
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace chunkmark::requests
