#include "base/json.h"

#include "base/error.h"
#include "base/json_events.h"

namespace chunkmark {

namespace {

class Tree final : public JsonEvents {
 public:
  json::value take() { return stack_.release(); }

  void on_close(bool object, std::size_t count) override {
    object ? stack_.push_object(count) : stack_.push_array(count);
  }
  void on_key(std::string_view key) override { stack_.push_key(key); }
  void on_text(std::string_view text) override { stack_.push_string(text); }
  void on_number(const json::value& number, std::string_view) override {
    if (number.is_int64()) {
      stack_.push_int64(number.get_int64());
    } else if (number.is_uint64()) {
      stack_.push_uint64(number.get_uint64());
    } else {
      stack_.push_double(number.get_double());
    }
  }
  void on_bool(bool value) override { stack_.push_bool(value); }
  void on_null() override { stack_.push_null(); }

 private:
  json::value_stack stack_;
};

}  // namespace

json::value parse_json(std::string_view text, std::string_view name) {
  Tree tree;
  const JsonEnd end = tell_json(text, tree);
  if (end.failure) {
    throw Error(ErrorCode::kCorrupt, std::string(name) + ": expected JSON, found " + end.failure.message() +
                                         " at byte " + std::to_string(end.used));
  }
  return tree.take();
}

namespace {

void indent(std::string& out, int depth) {
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

// Objects one member a line; arrays of plain values on one line, since columns of numbers read best so.
void append_pretty(std::string& out, const json::value& value, int depth) {
  if (value.is_object() && !value.get_object().empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& [key, member] : value.get_object()) {
      if (!first) out += ",\n";
      first = false;
      indent(out, depth + 1);
      out += json::serialize(key) + ": ";
      append_pretty(out, member, depth + 1);
    }
    out += '\n';
    indent(out, depth);
    out += '}';
    return;
  }
  const bool nested = value.is_array() && !value.get_array().empty() &&
                      (value.get_array().front().is_object() || value.get_array().front().is_array());
  if (nested) {
    out += "[\n";
    bool first = true;
    for (const json::value& item : value.get_array()) {
      if (!first) out += ",\n";
      first = false;
      indent(out, depth + 1);
      append_pretty(out, item, depth + 1);
    }
    out += '\n';
    indent(out, depth);
    out += ']';
    return;
  }
  out += json::serialize(value);
}

}  // namespace

std::string pretty_json(const json::value& value) {
  std::string out;
  append_pretty(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace chunkmark
