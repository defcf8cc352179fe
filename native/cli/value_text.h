// How commands write shapes and types, and print elements, for people.
//
// Pure functions, but for what prints.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace chunkmark::cli {

// What the help of commands that print elements says of bytes in JSON.
inline constexpr const char* kBytesInJson =
    "In JSON, fixed-length strings (|S) and opaque bytes (|V) are their bytes: printable ASCII as it is, a\n"
    "backslash as \\\\, every other byte as \\xHH.";

// What the help of commands on HDF5 files says of --anywhere.
inline constexpr const char* kAnywhere = "Also read files that it names outside its folder";

// "3 x 5"; "scalar" without axes.
std::string shape_text(const std::vector<std::uint64_t>& shape);
// The same of a JSON list. Null is `absent`: a dataset may have no shape, and the chunks of one that upstream did not
// write are not known.
std::string shape_text(const json::value& extents, const char* absent = "no shape");

// NumPy's name as it is, "variable-length string" for those, a compound's fields as JSON.
std::string type_text(const json::value& dtype);
// Of a dataset's facts: in words where NumPy has no name.
std::string type_text(const json::object& facts);

// Each element as it is told (base/value_text.h): a line for each row of the last axis, an empty line
// between planes; of one axis as many as fit a line.
void print_elements(const std::vector<std::string>& texts, const std::vector<std::uint64_t>& counts);

// "1 chunk", "2 chunks".
std::string counted(std::uint64_t count, const char* noun);

}  // namespace chunkmark::cli
