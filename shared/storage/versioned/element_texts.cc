#include "storage/versioned/element_texts.h"

#include "base/value_text.h"
#include "storage/versioned/committed_dataset.h"
#include "storage/versioned/dimensions.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

constexpr std::size_t kShownOfAttribute = 20;

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

std::vector<std::pair<std::string, std::string>> attribute_texts(const json::object& attributes, bool has_versions) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, value] : attributes) {
    if ((has_versions && is_own_attribute(name)) || is_dimension_attribute(name)) continue;
    texts.emplace_back(name, attribute_text(value));
  }
  return texts;
}

}  // namespace chunkmark::versioned
