#include "record/json_schema.h"

#include <algorithm>

#include "base/json_members.h"

namespace chunkmark::record {
namespace {

constexpr std::string_view kDefinitions = "#/$defs/";

// Words about a schema, not rules.
bool is_annotation(std::string_view key) {
  return key == "$schema" || key == "$id" || key == "$defs" || key == "title" || key == "description" ||
         key.starts_with("x-");
}

std::string quoted(const std::string& place) {
  return "\"" + place + "\"";
}

bool has_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  return value.is_int64() || value.is_uint64();  // integer
}

std::string type_in_words(std::string_view type) {
  if (type == "object" || type == "integer") return "an " + std::string(type);
  if (type == "array") return "a list";
  if (type == "string") return "text";
  if (type == "boolean") return "true or false";
  return type == "null" ? "null" : "a number";
}

class Checker {
 public:
  // `base`: the document that references by a file's name lead to; of a schema that has none, any.
  Checker(const json::object& root, const json::object& base, const std::string& what, const std::string& name)
      : root_(root), base_(base), what_(what), name_(name) {}

  void check(const json::value& value, const json::object& schema, const std::string& place) const {
    if (const json::value* reference = schema.if_contains("$ref")) {
      const std::string_view target = reference->as_string();
      const bool is_own = target.starts_with(kDefinitions);
      const json::object& document = is_own ? root_ : base_;
      const std::string_view definition = target.substr(target.find(kDefinitions) + kDefinitions.size());
      const json::object& rules = document.at("$defs").at(definition).as_object();
      return is_own ? check(value, rules, place) : Checker(base_, base_, what_, name_).check(value, rules, place);
    }
    if (const json::value* type = schema.if_contains("type")) check_type(value, *type, place);
    if (const json::value* constant = schema.if_contains("const")) check_one_of(value, {*constant}, place);
    if (const json::value* values = schema.if_contains("enum")) check_one_of(value, values->as_array(), place);
    if (value.is_object()) check_members(value.get_object(), schema, place);
    if (value.is_array()) check_items(value, schema, place);
    if (value.is_number()) check_least(schema, "minimum", value.to_number<double>(), "", value, place);
    if (value.is_string()) {
      check_least(schema, "minLength", static_cast<double>(value.get_string().size()), "as long as ", value, place);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& place, const std::string& expected, const json::value& found) const {
    refuse_corrupt(name_, (place.empty() ? what_ : quoted(place)) + " to be " + expected, excerpt(found));
  }

  void check_type(const json::value& value, const json::value& type, const std::string& place) const {
    const json::array types = type.is_array() ? type.get_array() : json::array{type};
    std::string words;
    for (const json::value& one : types) {
      if (has_type(value, one.as_string())) return;
      words += (words.empty() ? "" : " or ") + type_in_words(one.as_string());
    }
    refuse(place, words, value);
  }

  void check_one_of(const json::value& value, const json::array& values, const std::string& place) const {
    if (std::find(values.begin(), values.end(), value) != values.end()) return;
    std::string words = values.size() == 1 ? "" : "one of ";
    for (const json::value& one : values) {
      words += (&one == &values.front() ? "" : ", ") + std::string(one.as_string());
    }
    refuse(place, words, value);
  }

  void check_members(const json::object& object, const json::object& schema, const std::string& place) const {
    const std::string before = place.empty() ? "" : place + ".";
    if (const json::value* required = schema.if_contains("required")) {
      for (const json::value& key : required->as_array()) {
        const std::string_view text = key.as_string();
        if (!object.contains(text)) refuse_corrupt(name_, quoted(before + std::string(text)), "none");
      }
    }
    const json::value* properties = schema.if_contains("properties");
    const json::value* others = schema.if_contains("additionalProperties");
    for (const auto& [key, value] : object) {
      const json::value* rule = properties != nullptr ? properties->as_object().if_contains(key) : nullptr;
      if (rule == nullptr) rule = others;
      if (rule != nullptr) check(value, rule->as_object(), before + std::string(key));
    }
  }

  void check_items(const json::value& value, const json::object& schema, const std::string& place) const {
    const json::array& list = value.get_array();
    check_least(schema, "minItems", static_cast<double>(list.size()), "as long as ", value, place);
    const json::value* items = schema.if_contains("items");
    if (items == nullptr) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      check(list[i], items->as_object(), place + "[" + std::to_string(i) + "]");
    }
  }

  void check_least(const json::object& schema, std::string_view rule, double measure, const std::string& unit,
                   const json::value& found, const std::string& place) const {
    const json::value* least = schema.if_contains(rule);
    if (least == nullptr || measure >= least->to_number<double>()) return;
    refuse(place, "at least " + unit + json::serialize(*least), found);
  }

  const json::object& root_;
  const json::object& base_;
  const std::string& what_;
  const std::string& name_;
};

// The documents that references lead to, and the schema's name.
struct Place {
  const json::object& root;
  const json::object* base;
  const std::string& name;
};

void check_rules(const json::object& schema, const Place& in);

void check_each(const json::value& schemas, const Place& in) {
  for (const auto& [key, schema] : as_object(schemas, "rules by name", in.name)) {
    check_rules(as_object(schema, std::string(key), in.name), in);
  }
}

void check_reference(const std::string& target, const Place& in) {
  const std::size_t at = target.find(kDefinitions);
  const json::object* document = at == 0 ? &in.root : in.base;
  if (at == std::string::npos || document == nullptr) refuse_unsupported(in.name, "the reference", target);
  member(as_object(member(*document, "$defs", in.name), "$defs", in.name), target.substr(at + kDefinitions.size()),
         in.name);
}

void check_rules(const json::object& schema, const Place& in) {
  for (const auto& [key, value] : schema) {
    if (key == "properties" || key == "$defs") {
      check_each(value, in);
    } else if (key == "items" || key == "additionalProperties") {
      check_rules(as_object(value, std::string(key), in.name), in);
    } else if (key == "$ref") {
      check_reference(text_member(schema, key, in.name), in);
    } else if (!is_annotation(key) && key != "type" && key != "enum" && key != "const" && key != "required" &&
               key != "minimum" && key != "minLength" && key != "minItems") {
      refuse_unsupported(in.name, "the rule", key);
    }
  }
}

}  // namespace

JsonSchema::JsonSchema(std::string_view text, const std::string& name, const JsonSchema* base) : base_(base) {
  json::value schema = parse_json(text, name);
  check_rules(as_object(schema, "the schema", name), {schema.get_object(), base ? &base->document() : nullptr, name});
  schema_ = std::move(schema.get_object());
}

void JsonSchema::check(const json::value& document, const std::string& what, const std::string& name) const {
  Checker(schema_, base_ != nullptr ? base_->document() : schema_, what, name).check(document, schema_, "");
}

}  // namespace chunkmark::record
