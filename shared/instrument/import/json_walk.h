// json_walk: a JSON document told value by value while it is parsed, so that a large one is never held as a tree.
//
// Pure. Errors: kCorrupt "NAME: at byte N: expected JSON, found REASON".
#pragma once

#include <cstdint>
#include <string_view>

namespace chunkmark::imports {

class JsonListener {
 public:
  virtual ~JsonListener() = default;
  // depth: how many arrays and objects are open around the value; key, outer: those of the innermost two objects whose
  // members are open, empty in arrays at the top.
  struct Place {
    int depth = 0;
    std::string_view outer, key;
  };
  virtual void on_number(const Place& place, std::int64_t value) = 0;  // fractions are cut off
  virtual void on_text(const Place& place, std::string_view text) = 0;
  virtual void on_null(const Place& place) = 0;
  virtual void on_open(const Place&) {}   // an array or object begins; depth counts it
  virtual void on_close(const Place&) {}  // it ends; depth still counts it
};

// base: where `text` begins in the file, for messages.
void walk_json(std::string_view text, JsonListener& listener, std::string_view name, std::uint64_t base);

}  // namespace chunkmark::imports
