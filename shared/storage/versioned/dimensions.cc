#include "storage/versioned/dimensions.h"

#include <algorithm>

namespace chunkmark::versioned {
namespace {

const json::array* list_of(const json::object& attributes, const char* name) {
  const json::value* attribute = attributes.if_contains(name);
  if (attribute == nullptr || !attribute->is_object()) return nullptr;
  const json::value* data = attribute->get_object().if_contains("data");
  return data != nullptr && data->is_array() ? &data->get_array() : nullptr;
}

std::string_view text_of(const json::object& attributes, const char* name) {
  const json::value* attribute = attributes.if_contains(name);
  return attribute != nullptr && attribute->is_string() ? std::string_view(attribute->get_string()) : "";
}

}  // namespace

json::array dimension_names(const json::object& attributes) {
  json::array names;
  const json::array* scales = list_of(attributes, "DIMENSION_LIST");
  const json::array* labels = list_of(attributes, "DIMENSION_LABELS");
  const std::size_t axes = std::max(scales ? scales->size() : 0, labels ? labels->size() : 0);
  bool any = false;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    json::value name;
    if (labels && axis < labels->size() && (*labels)[axis].is_string() && !(*labels)[axis].get_string().empty()) {
      name = (*labels)[axis];
    }
    if (scales && axis < scales->size() && (*scales)[axis].is_array() && !(*scales)[axis].get_array().empty()) {
      const json::value& first = (*scales)[axis].get_array().front();
      if (first.is_object()) name = first.get_object().at("object");
    }
    any = any || !name.is_null();
    names.push_back(std::move(name));
  }
  return any ? names : json::array();
}

std::string dimensions_text(const json::value& names) {
  std::string text = "(";
  const char* separator = "";
  for (const json::value& name : names.get_array()) {
    text += separator + (name.is_string() ? std::string(name.get_string()) : std::string("?"));
    separator = ", ";
  }
  return text + ")";
}

std::string scale_text(const json::object& attributes) {
  if (text_of(attributes, "CLASS") != "DIMENSION_SCALE") return "";
  const std::string_view name = text_of(attributes, "NAME");
  if (name.starts_with("This is a netCDF dimension but not a netCDF variable"))
    return "netCDF dimension without values";
  return "dimension scale";
}

bool is_dimension_attribute(std::string_view name) {
  return name == "DIMENSION_LIST" || name == "REFERENCE_LIST" || name == "DIMENSION_LABELS" ||
         name == "_Netcdf4Dimid" || name == "_Netcdf4Coordinates";
}

}  // namespace chunkmark::versioned
