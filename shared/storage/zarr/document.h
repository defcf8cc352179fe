// What the readers of both formats' documents share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_members.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {

array::Shape shape_member(const json::object& object, std::string_view key, const std::string& document);
// '.' or '/'.
char separator_member(const json::object& object, std::string_view key, const std::string& document);

// The numbers of the top-level member "fill_value", as they stand in the text. JSON libraries may round the last bit of
// a number's value; data may not.
std::vector<std::string> fill_value_numbers(std::string_view text);

// Fill values of numbers, as parse_fill's.
array::Element parse_number_fill(const json::value& value, const std::vector<std::string>& numbers, array::DType dtype,
                                 const std::string& name, std::vector<std::string>& warnings);
json::value number_fill_json(array::Element element, array::DType dtype);

// JSON as Python writes it, with NaN, Infinity and -Infinity outside strings: those made strings, as Zarr has them, and
// told in `warnings`.
std::string with_quoted_literals(std::string_view text, const std::string& name, std::vector<std::string>& warnings);

// As check(), with kCorrupt: the mistake is the document's. Makes chunk extents of 0 beside array extents of 0 into 1.
void check_document(ArrayMetadata& metadata, const std::string& document);

}  // namespace chunkmark::zarr
