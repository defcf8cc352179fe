#include <boost/json/basic_parser_impl.hpp>

#include "storage/zarr/document.h"

namespace chunkmark::zarr {
namespace {

// Listens to the parser and keeps the text of the numbers inside the one member.
//
// The parser hands out keys and numbers in parts, split wherever its input was: both are collected until it says that
// they are complete. A key of the outermost object (depth 1) says whether what follows is inside the member, up to the
// next such key; keys of deeper objects change nothing. Numbers come in the document's order, which is the order in
// which the reader of the parsed value asks for them.
class Listener {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  std::vector<std::string> numbers;

  bool on_document_begin(boost::system::error_code&) { return true; }
  bool on_document_end(boost::system::error_code&) { return true; }
  bool on_object_begin(boost::system::error_code&) { return enter(); }
  bool on_object_end(std::size_t, boost::system::error_code&) { return leave(); }
  bool on_array_begin(boost::system::error_code&) { return enter(); }
  bool on_array_end(std::size_t, boost::system::error_code&) { return leave(); }
  bool on_key_part(json::string_view part, std::size_t, boost::system::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, boost::system::error_code&) {
    key_.append(part.data(), part.size());
    if (depth_ == 1) inside_ = key_ == "fill_value";
    key_.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_number_part(json::string_view part, boost::system::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t, json::string_view part, boost::system::error_code&) { return number(part); }
  bool on_uint64(std::uint64_t, json::string_view part, boost::system::error_code&) { return number(part); }
  bool on_double(double, json::string_view part, boost::system::error_code&) { return number(part); }
  bool on_bool(bool, boost::system::error_code&) { return true; }
  bool on_null(boost::system::error_code&) { return true; }
  bool on_comment_part(json::string_view, boost::system::error_code&) { return true; }
  bool on_comment(json::string_view, boost::system::error_code&) { return true; }

 private:
  bool enter() {
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool number(json::string_view part) {
    number_.append(part.data(), part.size());
    if (inside_ && depth_ >= 1) numbers.push_back(number_);
    number_.clear();
    return true;
  }

  int depth_ = 0;
  bool inside_ = false;
  std::string key_, number_;
};

}  // namespace

std::vector<std::string> fill_value_numbers(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;  // as parse_json
  json::basic_parser<Listener> parser(options);
  boost::system::error_code failure;
  parser.write_some(false, text.data(), text.size(), failure);
  return failure ? std::vector<std::string>() : std::move(parser.handler().numbers);
}

}  // namespace chunkmark::zarr
