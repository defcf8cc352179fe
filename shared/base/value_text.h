// Elements of arrays as people read them, in a terminal or on a page.
//
// b'caf\xe9' for bytes; otherwise JSON, but numbers in the fewest digits that tell them (2.5, not 2.5E0), lists and
// compounds in parentheses, an object reference as "-> /path". Pure functions.
#pragma once

#include <string>

#include "base/json.h"

namespace chunkmark {

// Of an element's JSON; `dtype` is NumPy's name where there is one.
std::string value_text(const json::value& element, const json::value& dtype);

// The first `shown` elements, with a space between; of a longer list also how many there are.
std::string list_text(const json::array& list, std::size_t shown, const json::value& dtype);

}  // namespace chunkmark
