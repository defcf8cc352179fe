// Reading members of a metadata document, each with an error that names the document, what was expected and
// what was found.
#pragma once

#include <string>

#include "array/shape.h"
#include "base/json.h"
#include "zarr/metadata.h"

namespace chunkmark::zarr {

// "DOCUMENT: expected WHAT, found FOUND" (kCorrupt); "DOCUMENT: WHAT \"NAME\" is not supported"
// (kUnsupported).
[[noreturn]] void refuse_corrupt(const std::string& document, const std::string& expected,
                                 const std::string& found);
[[noreturn]] void refuse_unsupported(const std::string& document, const std::string& what,
                                     const std::string& name);

const json::value& member(const json::object& object, std::string_view key, const std::string& document);
const json::object& as_object(const json::value& value, const std::string& what, const std::string& document);
const json::array& as_array(const json::value& value, const std::string& what, const std::string& document);

std::string text_member(const json::object& object, std::string_view key, const std::string& document);
std::uint64_t unsigned_member(const json::object& object, std::string_view key, const std::string& document);
array::Shape shape_member(const json::object& object, std::string_view key, const std::string& document);
// '.' or '/'.
char separator_member(const json::object& object, std::string_view key, const std::string& document);

// As check(), with kCorrupt: the mistake is the document's. Makes chunk extents of 0 beside array extents of
// 0 into 1.
void check_document(ArrayMetadata& metadata, const std::string& document);

}  // namespace chunkmark::zarr
