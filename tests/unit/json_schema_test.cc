// What a schema accepts, and how it names what it refuses.
#include "record/json_schema.h"

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::record {
namespace {

std::string told(const char* schema, const char* document) {
  try {
    JsonSchema(schema, "schema").check(parse_json(document, "document"), "the document", "a.json");
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kCorrupt);
    return error.what();
  }
}

TEST_CASE("every rule accepts what fits and names what does not") {
  struct Row {
    const char *schema, *good, *bad, *told;
  };
  const Row rows[] = {
      {R"({"type": "object"})", "{}", "[]", "a.json: expected the document to be an object, found []"},
      {R"({"type": "array"})", "[1]", "1", "a.json: expected the document to be a list, found 1"},
      {R"({"type": "string"})", R"("")", "1", "a.json: expected the document to be text, found 1"},
      {R"({"type": "integer"})", "-1", "1.5", "a.json: expected the document to be an integer, found 1.5E0"},
      {R"({"type": "number"})", "1", "true", "a.json: expected the document to be a number, found true"},
      {R"({"type": "boolean"})", "true", "0", "a.json: expected the document to be true or false, found 0"},
      {R"({"type": ["number", "null"]})", "null", "\"1\"",
       "a.json: expected the document to be a number or null, found \"1\""},
      {R"({"const": "a"})", "\"a\"", "\"b\"", "a.json: expected the document to be a, found \"b\""},
      {R"({"enum": ["a", "b"]})", "\"b\"", "\"c\"", "a.json: expected the document to be one of a, b, found \"c\""},
      {R"({"minimum": 1})", "1", "0", "a.json: expected the document to be at least 1, found 0"},
      {R"({"type": ["integer", "null"], "minimum": 1})", "null", "0",
       "a.json: expected the document to be at least 1, found 0"},
      {R"({"minLength": 1})", "\"a\"", "\"\"", "a.json: expected the document to be at least as long as 1, found \"\""},
      {R"({"minItems": 2})", "[1, 2]", "[1]", "a.json: expected the document to be at least as long as 2, found [1]"},
      {R"({"required": ["a"]})", R"({"a": null, "b": 1})", "{}", "a.json: expected \"a\", found none"},
      {R"({"items": {"type": "string"}})", "[]", "[\"a\", 1]", "a.json: expected \"[1]\" to be text, found 1"},
      {R"({"properties": {"a": {"items": {"required": ["b"]}}}})", R"({"a": [{"b": 1}], "c": 1})",
       R"({"a": [{"b": 1}, {}]})", "a.json: expected \"a[1].b\", found none"},
      {R"({"properties": {"a": {}}, "additionalProperties": {"type": "string"}})", R"({"a": 1, "b": "c"})",
       R"({"a": 1, "b": 2})", "a.json: expected \"b\" to be text, found 2"},
      {R"({"$ref": "#/$defs/A", "$defs": {"A": {"type": "null"}}})", "null", "1",
       "a.json: expected the document to be null, found 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schema);
    CHECK(told(row.schema, row.good).empty());
    CHECK(told(row.schema, row.bad) == row.told);
  }
}

TEST_CASE("a reference by a file's name leads to the schema that this one builds on") {
  const JsonSchema base(R"({"$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/B"}}, "B": {"type": "null"}}})",
                        "base");
  const char* text = R"({"properties": {"a": {"$ref": "base.json#/$defs/A"}}, "$defs": {"B": {"type": "string"}}})";
  const JsonSchema schema(text, "schema", &base);
  schema.check(parse_json(R"({"a": [null]})", "document"), "the document", "a.json");
  CHECK_THROWS_WITH(schema.check(parse_json(R"({"a": ["b"]})", "document"), "the document", "a.json"),
                    "a.json: expected \"a[0]\" to be null, found \"b\"");
  CHECK_THROWS_WITH(JsonSchema(text, "schema"), "schema: the reference \"base.json#/$defs/A\" is not supported");
}

TEST_CASE("a rule that is not known here is an error, wherever it stands; words are none") {
  for (const char* schema : {
           R"({"pattern": "a"})",
           R"({"properties": {"a": {"items": {"maximum": 1}}}})",
           R"({"$defs": {"A": {"oneOf": []}}})",
           R"({"additionalProperties": {"format": "date"}})",
           R"({"items": {"$ref": "other.json"}})",
           R"({"items": {"$ref": "#/$defs/Missing"}, "$defs": {}})",
           R"({"additionalProperties": false})",
           "[]",
       }) {
    CAPTURE(schema);
    CHECK_THROWS_AS(JsonSchema(schema, "schema"), Error);
  }
  CHECK_NOTHROW(JsonSchema(R"({"title": "a", "description": "b", "x-c": {"pattern": 1}})", "schema"));
}

}  // namespace
}  // namespace chunkmark::record
