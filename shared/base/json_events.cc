#include "base/json_events.h"

#include <boost/json/basic_parser_impl.hpp>
#include <string>

namespace chunkmark {

namespace {

constexpr std::size_t kMaxDepth = 64;

// Texts and numbers may come in parts; events are told whole ones.
class Handler {
 public:
  using error_code = boost::system::error_code;
  using view = json::string_view;
  static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1), max_string_size = std::size_t(-1);

  explicit Handler(JsonEvents& events) : events_(&events) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return open(false); }
  bool on_array_end(std::size_t count, error_code&) { return close(false, count); }
  bool on_object_begin(error_code&) { return open(true); }
  bool on_object_end(std::size_t count, error_code&) { return close(true, count); }
  bool on_string_part(view text, std::size_t, error_code&) { return keep(text); }
  bool on_string(view text, std::size_t, error_code&) {
    return with_whole(text, [&](std::string_view whole) { events_->on_text(whole); });
  }
  bool on_key_part(view text, std::size_t, error_code&) { return keep(text); }
  bool on_key(view text, std::size_t, error_code&) {
    return with_whole(text, [&](std::string_view whole) { events_->on_key(whole); });
  }
  bool on_number_part(view text, error_code&) { return keep(text); }
  bool on_int64(std::int64_t value, view text, error_code&) { return number(value, text); }
  bool on_uint64(std::uint64_t value, view text, error_code&) { return number(value, text); }
  bool on_double(double value, view text, error_code&) { return number(value, text); }
  bool on_bool(bool value, error_code&) {
    events_->on_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    events_->on_null();
    return true;
  }
  bool on_comment_part(view, error_code&) { return true; }
  bool on_comment(view, error_code&) { return true; }

 private:
  bool open(bool object) {
    events_->on_open(object);
    return true;
  }
  bool close(bool object, std::size_t count) {
    events_->on_close(object, count);
    return true;
  }
  bool keep(view part) {
    kept_.append(part.data(), part.size());
    return true;
  }
  template <typename Tell>
  bool with_whole(view last, const Tell& tell) {
    if (kept_.empty()) {
      tell(std::string_view(last.data(), last.size()));
      return true;
    }
    keep(last);
    tell(std::string_view(kept_));
    kept_.clear();
    return true;
  }
  bool number(const json::value& value, view text) {
    return with_whole(text, [&](std::string_view digits) { events_->on_number(value, digits); });
  }

  JsonEvents* events_;
  std::string kept_;
};

}  // namespace

JsonEnd tell_json(std::string_view text, JsonEvents& events) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Handler> parser(options, events);
  JsonEnd end;
  end.used = parser.write_some(false, text.data(), text.size(), end.failure);
  if (!end.failure && end.used < text.size()) end.failure = json::error::extra_data;
  return end;
}

}  // namespace chunkmark
