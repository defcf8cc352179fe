// JsonSchema: whether a document is what a JSON Schema says.
//
// Knows the part of draft 2020-12 that our schemas use: type, enum, const, required, properties, additionalProperties
// (a schema), items, minimum, minLength, minItems, and $ref to "#/$defs/NAME", or to "FILE#/$defs/NAME" of the schema
// that it is said to build on. Any other rule in a schema is an error
// when it is read, so that none is passed over. Immutable, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace chunkmark::record {

class JsonSchema {
 public:
  // `base`: the schema that references by a file's name lead to; borrowed. Errors: kCorrupt if it is no schema,
  // kUnsupported for a rule that is not known here.
  explicit JsonSchema(std::string_view text, const std::string& name, const JsonSchema* base = nullptr);

  const json::object& document() const { return schema_; }

  // `what` is the document as a whole, in words: "the run record". Errors: kCorrupt "NAME: expected PLACE ..., found
  // ...", of the first that does not fit.
  void check(const json::value& document, const std::string& what, const std::string& name) const;

 private:
  json::object schema_;
  const JsonSchema* base_;
};

}  // namespace chunkmark::record
