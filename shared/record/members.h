// Members of a record that the schema has accepted: each into its field, and what is absent or null leaves the field as
// it was.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"

namespace chunkmark::record {

template <class T>
void read_member(const json::object& object, std::string_view key, T& field) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr && !value->is_null()) field = json::value_to<T>(*value);
}

template <class T>
void read_member(const json::object& object, std::string_view key, std::optional<T>& field) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr && !value->is_null()) field = json::value_to<T>(*value);
}

template <class T>
json::value or_null(const std::optional<T>& field) {
  return field ? json::value(*field) : json::value(nullptr);
}

// The objects of a list that may be absent.
template <class Add>
void for_each_object(const json::object& record, std::string_view key, Add add) {
  const json::value* list = record.if_contains(key);
  if (list == nullptr) return;
  for (const json::value& element : list->as_array()) add(element.as_object());
}

}  // namespace chunkmark::record
