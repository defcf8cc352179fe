// Reading members of an untrusted JSON document, each with an error that names the document, what was
// expected and what was found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace chunkmark {

// kCorrupt "DOCUMENT: expected EXPECTED, found FOUND".
[[noreturn]] void refuse_corrupt(const std::string& document, const std::string& expected, const std::string& found);
// kUnsupported "DOCUMENT: WHAT "NAME" is not supported".
[[noreturn]] void refuse_unsupported(const std::string& document, const std::string& what, std::string_view name);

const json::value& member(const json::object& object, std::string_view key, const std::string& document);
const json::object& as_object(const json::value& value, const std::string& what, const std::string& document);
const json::array& as_array(const json::value& value, const std::string& what, const std::string& document);

std::string text_member(const json::object& object, std::string_view key, const std::string& document);
std::uint64_t unsigned_member(const json::object& object, std::string_view key, const std::string& document);

// A whole number in [min, max], or `otherwise` when the member is absent.
std::int64_t integer_member_or(const json::object& object, std::string_view key, std::int64_t otherwise,
                               std::int64_t min, std::int64_t max, const std::string& document);

// What a message shows of a value: enough to recognise it.
std::string excerpt(const json::value& value);

}  // namespace chunkmark
