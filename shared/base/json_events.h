// A JSON document told piece by piece while it is parsed, so that a large one is never held as a tree.
//
// The one place where Boost's parser is made into code: each kind of listener that it is compiled for costs a module
// tens of kilobytes.
#pragma once

#include <string_view>

#include "base/json.h"

namespace chunkmark {

// What is not overridden hears nothing. What a function throws ends the parsing.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void on_open(bool /*object*/) {}  // an object or array begins
  virtual void on_close(bool /*object*/, std::size_t /*count*/) {}
  virtual void on_key(std::string_view) {}
  virtual void on_text(std::string_view) {}
  virtual void on_number(const json::value& /*number*/, std::string_view /*digits*/) {}
  virtual void on_bool(bool) {}
  virtual void on_null() {}
};

// How far the text was read, and what ended it there.
struct JsonEnd {
  std::size_t used = 0;
  boost::system::error_code failure;  // none: it is one document
};

// Nesting deeper than 64 levels is refused (hostile input), as is text after the document.
JsonEnd tell_json(std::string_view text, JsonEvents& events);

}  // namespace chunkmark
