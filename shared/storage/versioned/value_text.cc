#include "storage/versioned/value_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

constexpr std::size_t kShownOfAttribute = 20;

char kind_of(const json::value& dtype) {
  return dtype.is_string() && dtype.get_string().size() > 1 ? dtype.get_string()[1] : ' ';
}

// The fewest digits that tell the number: of single precision, and of half, fewer do than of double.
std::string number_text(double value, const json::value& dtype) {
  const bool single = dtype.is_string() && dtype.get_string().ends_with("f4");
  const bool half = dtype.is_string() && dtype.get_string().ends_with("f2");
  constexpr int kDigits = 17, kDigitsOfHalf = 5, kFixedFrom = -5, kFixedTo = 16;
  char text[64];
  int digits = 1;
  for (const int most = half ? kDigitsOfHalf : kDigits; digits < most; ++digits) {
    std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
    const double told = std::strtod(text, nullptr);
    if (single ? static_cast<float>(told) == static_cast<float>(value) : told == value) break;
  }
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  const int exponent = std::atoi(std::strchr(text, 'e') + 1);
  if (exponent >= kFixedFrom && exponent < kFixedTo)
    std::snprintf(text, sizeof text, "%.*f", std::max(digits - 1 - exponent, 0), value);
  return text;
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
  if (element.is_double()) return number_text(element.get_double(), dtype);
  if (element.is_string() && (kind_of(dtype) == 'f' || kind_of(dtype) == 'c')) {
    return std::string(element.get_string());  // NaN and the infinities
  }
  if (element.is_string() && (kind_of(dtype) == 'S' || kind_of(dtype) == 'V')) {
    std::string text = "b'";
    for (const char c : element.get_string()) text += c == '\'' ? "\\'" : std::string(1, c);
    return text + "'";
  }
  if (element.is_object() && element.get_object().size() == 1) {
    const json::value* path = element.get_object().if_contains("object");
    if (path != nullptr && path->is_string()) return "-> " + std::string(path->get_string());
  }
  if (!element.is_array()) return json::serialize(element);
  return "(" + list_text(element.get_array(), element.get_array().size(), kind_of(dtype) == 'c' ? dtype : nullptr) + ")";
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

std::vector<std::pair<std::string, std::vector<std::string>>> column_texts(const hdf5::Datatype& type,
                                                                           ByteView elements, std::uint64_t count,
                                                                           hdf5::GlobalHeap& heap) {
  const json::value data = elements_json(type, elements, count, heap);
  if (!data.is_object()) return {};
  std::vector<std::pair<std::string, std::vector<std::string>>> columns;
  for (const hdf5::Datatype::Member& member : type.members) {
    const json::value dtype = numpy_descr(*member.type);
    std::vector<std::string> texts;
    for (const json::value& value : data.at(json_text(member.name)).get_array())
      texts.push_back(value_text(value, dtype));
    columns.emplace_back(member.name, std::move(texts));
  }
  return columns;
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
