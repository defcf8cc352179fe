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

// As check(), with kCorrupt: the mistake is the document's. Makes chunk extents of 0 beside array extents of 0 into 1.
void check_document(ArrayMetadata& metadata, const std::string& document);

}  // namespace chunkmark::zarr
