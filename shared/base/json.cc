#include "base/json.h"

#include <boost/json/src.hpp>

#include "base/error.h"

namespace chunkmark {

json::value parse_json(std::string_view text, std::string_view name) {
  json::parse_options options;
  options.max_depth = 64;
  json::stream_parser parser({}, options);
  boost::system::error_code failure;
  const std::size_t used = parser.write_some(text.data(), text.size(), failure);
  if (!failure && used < text.size()) failure = json::error::extra_data;
  if (!failure) parser.finish(failure);
  if (failure) {
    throw Error(ErrorCode::kCorrupt,
                std::string(name) + ": expected JSON, found " + failure.message() + " at byte " + std::to_string(used));
  }
  return parser.release();
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
