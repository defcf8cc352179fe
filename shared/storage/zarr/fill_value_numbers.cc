#include "base/json_events.h"
#include "storage/zarr/document.h"

namespace chunkmark::zarr {
namespace {

// Keeps the text of the numbers inside the one member.
//
// A key of the outermost object (depth 1) says whether what follows is inside the member, up to the next such key; keys
// of deeper objects change nothing. Numbers come in the document's order, which is the order in which the reader of the
// parsed value asks for them.
class Listener final : public JsonEvents {
 public:
  std::vector<std::string> numbers;

  void on_open(bool) override { ++depth_; }
  void on_close(bool, std::size_t) override { --depth_; }
  void on_key(std::string_view key) override {
    if (depth_ == 1) inside_ = key == "fill_value";
  }
  void on_number(const json::value&, std::string_view digits) override {
    if (inside_) numbers.emplace_back(digits);
  }

 private:
  int depth_ = 0;
  bool inside_ = false;
};

}  // namespace

std::vector<std::string> fill_value_numbers(std::string_view text) {
  Listener listener;
  return tell_json(text, listener).failure ? std::vector<std::string>() : std::move(listener.numbers);
}

}  // namespace chunkmark::zarr
