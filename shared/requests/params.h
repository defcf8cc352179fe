// What the requests' parameters have in common. Errors: kInvalidArgument, naming the parameter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "requests/workspace.h"
#include "storage/array/shape.h"

namespace chunkmark::requests {

Number number_of(const json::object& params, std::string_view key);
std::optional<Number> optional_number(const json::object& params, std::string_view key);
std::string text_of(const json::object& params, std::string_view key);
std::string text_or(const json::object& params, std::string_view key, std::string_view otherwise);
array::Shape shape_of(const json::object& params, std::string_view key);
// "region": [[start...], [shape...]]; absent: all. Errors also where it is not within `shape`.
array::Region region_of(const json::object& params, const array::Shape& shape);

// The bytes of so many elements. Errors: kUnsupported for more than memory can have.
std::size_t bytes_of(const array::Shape& shape, std::size_t element_bytes, const std::string& name);

}  // namespace chunkmark::requests
