// What axes are called: HDF5's dimension scales, and netCDF-4's dimensions, which are those.
//
// Pure functions of a dataset's attributes as JSON (versioned::attributes_json). Source: HDF5 Dimension Scale
// Specification; netCDF-4's names.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace chunkmark::versioned {

// Per axis the path of its first scale, else its label, else null; empty where no axis has either.
json::array dimension_names(const json::object& attributes);
std::string dimensions_text(const json::value& names);
// "dimension scale", "netCDF dimension without values"; empty for other datasets.
std::string scale_text(const json::object& attributes);
// Those that say what the functions above tell.
bool is_dimension_attribute(std::string_view name);

}  // namespace chunkmark::versioned
