// JSON through Boost.JSON, with errors that name the object.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace chunkmark {

namespace json = boost::json;

// Parses one JSON document. Nesting deeper than 64 levels is refused (hostile input), as is text after the document.
// Errors: kCorrupt "NAME: expected JSON, found REASON at byte N".
json::value parse_json(std::string_view text, std::string_view name);

// The document with two spaces of indentation and a final newline: what people and diffs read.
std::string pretty_json(const json::value& value);

}  // namespace chunkmark
