#include "storage/versioned/value_text.h"

#include <algorithm>
#include <charconv>

#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

constexpr std::size_t kShownOfAttribute = 20;

bool is_bytes(const json::value& dtype) {
  if (!dtype.is_string()) return false;
  const std::string_view name = dtype.get_string();
  return name.starts_with("|S") || name.starts_with("|V");
}

std::string list_text(const json::array& list, std::size_t shown, const json::value& dtype) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < shown; ++i)
    text += (text.empty() ? "" : " ") + value_text(list[i], dtype);
  if (list.size() > shown) text += " ... " + std::to_string(list.size()) + " in all";
  return text;
}

// Of a compound, whose columns come apart: its elements, each a list of its fields.
json::array rows_of(const json::value& data, std::size_t count) {
  if (data.is_array()) return data.get_array();
  json::array rows(count, json::array());
  for (const auto& [name, column] : data.get_object()) {
    for (std::size_t i = 0; i < count; ++i) rows[i].get_array().push_back(column.get_array()[i]);
  }
  return rows;
}

}  // namespace

std::string value_text(const json::value& element, const json::value& dtype) {
  if (element.is_double()) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, element.get_double()).ptr;
    return {digits, end};
  }
  if (element.is_string() && is_bytes(dtype)) {
    std::string text = "b'";
    for (const char c : element.get_string()) text += c == '\'' ? "\\'" : std::string(1, c);
    return text + "'";
  }
  if (element.is_object() && element.get_object().size() == 1) {
    const json::value* path = element.get_object().if_contains("object");
    if (path != nullptr && path->is_string()) return "-> " + std::string(path->get_string());
  }
  if (!element.is_array()) return json::serialize(element);
  return "(" + list_text(element.get_array(), element.get_array().size(), nullptr) + ")";
}

std::vector<std::string> element_texts(const hdf5::Datatype& type, ByteView elements, std::uint64_t count,
                                       hdf5::GlobalHeap& heap) {
  const json::array rows = rows_of(elements_json(type, elements, count, heap), count);
  const json::value dtype = numpy_descr(type);
  std::vector<std::string> texts;
  texts.reserve(rows.size());
  for (const json::value& row : rows) texts.push_back(value_text(row, dtype));
  return texts;
}

std::string attribute_text(const json::value& attribute) {
  if (!attribute.is_object()) return json::serialize(attribute);
  const json::value& data = attribute.at("data");
  if (data.is_null()) return "no value";
  std::size_t count = 1;
  for (const json::value& extent : attribute.at("shape").get_array()) count *= extent.to_number<std::size_t>();
  return list_text(rows_of(data, count), kShownOfAttribute, attribute.at("dtype"));
}

}  // namespace chunkmark::versioned
