#include "base/json_members.h"

#include "base/error.h"

namespace chunkmark {

std::string excerpt(const json::value& value) {
  std::string text = json::serialize(value);
  if (text.size() > 100) text = text.substr(0, 97) + "...";
  return text;
}

void refuse_corrupt(const std::string& document, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kCorrupt, document + ": expected " + expected + ", found " + found);
}

void refuse_unsupported(const std::string& document, const std::string& what, std::string_view name) {
  throw Error(ErrorCode::kUnsupported,
              document + ": " + what + " \"" + std::string(name.substr(0, 100)) + "\" is not supported");
}

const json::value& member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) refuse_corrupt(document, "\"" + std::string(key) + "\"", "none");
  return *value;
}

const json::object& as_object(const json::value& value, const std::string& what, const std::string& document) {
  if (!value.is_object()) refuse_corrupt(document, what + " to be an object", excerpt(value));
  return value.get_object();
}

const json::array& as_array(const json::value& value, const std::string& what, const std::string& document) {
  if (!value.is_array()) refuse_corrupt(document, what + " to be a list", excerpt(value));
  return value.get_array();
}

std::string text_member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value& value = member(object, key, document);
  if (!value.is_string()) refuse_corrupt(document, "text as \"" + std::string(key) + "\"", excerpt(value));
  return std::string(value.get_string());
}

std::uint64_t unsigned_member(const json::object& object, std::string_view key, const std::string& document) {
  const json::value& value = member(object, key, document);
  if (value.is_uint64()) return value.get_uint64();
  if (!value.is_int64() || value.get_int64() < 0) {
    refuse_corrupt(document, "a whole number as \"" + std::string(key) + "\"", excerpt(value));
  }
  return static_cast<std::uint64_t>(value.get_int64());
}

std::int64_t integer_member_or(const json::object& object, std::string_view key, std::int64_t otherwise,
                               std::int64_t min, std::int64_t max, const std::string& document) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return otherwise;
  if (!value->is_int64() || value->get_int64() < min || value->get_int64() > max) {
    refuse_corrupt(document, "\"" + std::string(key) + "\" from " + std::to_string(min) + " to " + std::to_string(max),
                   excerpt(*value));
  }
  return value->get_int64();
}

}  // namespace chunkmark
