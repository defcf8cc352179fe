// Numbers and regions of arrays as they are given on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/array/shape.h"

namespace chunkmark::cli {

// Decimal digits and nothing else, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "0:10,3:5", "[7]", ":" an axis, for an array of this shape; axes that are not told, and an empty text, are whole.
// Errors: kInvalidArgument.
array::Region parse_region(const std::string& text, const array::Shape& shape);

}  // namespace chunkmark::cli
