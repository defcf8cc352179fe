#include "instrument/import/json_walk.h"

#include <boost/json/basic_parser_impl.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace chunkmark::imports {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr double kMaxNumber = 9e18;

struct Handler {
  using error_code = boost::system::error_code;
  using view = json::string_view;
  constexpr static std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1);
  constexpr static std::size_t max_key_size = 1 << 16, max_string_size = 1 << 24;

  JsonListener& listener;
  std::vector<std::string> keys;  // by open container: of an object, the key of its open member
  std::string part = {};          // of a text that comes in parts

  JsonListener::Place place() const {
    JsonListener::Place found{static_cast<int>(keys.size()), {}, {}};
    for (const std::string& key : keys) {
      if (key.empty()) continue;
      found.outer = found.key;
      found.key = key;
    }
    return found;
  }
  bool open() {
    keys.emplace_back();
    listener.on_open(place());
    return true;
  }
  bool close() {
    listener.on_close(place());
    keys.pop_back();
    return true;
  }
  bool number(std::int64_t value) {
    listener.on_number(place(), value);
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return open(); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_object_begin(error_code&) { return open(); }
  bool on_object_end(std::size_t, error_code&) {
    keys.back().clear();
    return close();
  }
  bool on_string_part(view text, std::size_t, error_code&) {
    part += std::string_view(text.data(), text.size());
    return true;
  }
  bool on_string(view text, std::size_t, error_code&) {
    part += std::string_view(text.data(), text.size());
    listener.on_text(place(), part);
    part.clear();
    return true;
  }
  bool on_key_part(view text, std::size_t, error_code&) {
    part += std::string_view(text.data(), text.size());
    return true;
  }
  bool on_key(view text, std::size_t, error_code&) {
    part += std::string_view(text.data(), text.size());
    keys.back() = std::move(part);
    part.clear();
    return true;
  }
  bool on_number_part(view, error_code&) { return true; }
  bool on_int64(std::int64_t value, view, error_code&) { return number(value); }
  bool on_uint64(std::uint64_t value, view, error_code&) {
    return number(value >> 63 != 0 ? INT64_MAX : static_cast<std::int64_t>(value));
  }
  bool on_double(double value, view, error_code&) {
    const bool fits = value < kMaxNumber && value > -kMaxNumber;
    return number(fits ? static_cast<std::int64_t>(value) : value > 0 ? INT64_MAX : 0);
  }
  bool on_bool(bool value, error_code&) { return number(value ? 1 : 0); }
  bool on_null(error_code&) {
    listener.on_null(place());
    return true;
  }
  bool on_comment_part(view, error_code&) { return true; }
  bool on_comment(view, error_code&) { return true; }
};

}  // namespace

void walk_json(std::string_view text, JsonListener& listener, std::string_view name, std::uint64_t base) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Handler> parser(options, Handler{listener, {}});
  boost::system::error_code failure;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), failure);
  if (!failure && used < text.size()) failure = json::error::extra_data;
  if (failure) {
    throw Error(ErrorCode::kCorrupt, std::string(name) + ": at byte " + std::to_string(base + used) +
                                         ": expected JSON, found " + failure.message());
  }
}

}  // namespace chunkmark::imports
