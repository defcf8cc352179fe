#include "instrument/import/json_walk.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_events.h"

namespace chunkmark::imports {
namespace {

constexpr double kMaxNumber = 9e18;

class Walk final : public JsonEvents {
 public:
  explicit Walk(JsonListener& listener) : listener_(&listener) {}

  void on_open(bool) override {
    keys_.emplace_back();
    listener_->on_open(place());
  }
  void on_close(bool object, std::size_t) override {
    if (object) keys_.back().clear();
    listener_->on_close(place());
    keys_.pop_back();
  }
  void on_key(std::string_view key) override { keys_.back() = key; }
  void on_text(std::string_view text) override { listener_->on_text(place(), text); }
  void on_number(const json::value& number, std::string_view) override { listener_->on_number(place(), whole(number)); }
  void on_bool(bool value) override { listener_->on_number(place(), value ? 1 : 0); }
  void on_null() override { listener_->on_null(place()); }

 private:
  static std::int64_t whole(const json::value& number) {
    if (number.is_int64()) return number.get_int64();
    if (number.is_uint64())
      return number.get_uint64() >> 63 != 0 ? INT64_MAX : static_cast<std::int64_t>(number.get_uint64());
    const double value = number.get_double();
    const bool fits = value < kMaxNumber && value > -kMaxNumber;
    return fits ? static_cast<std::int64_t>(value) : value > 0 ? INT64_MAX : 0;
  }
  JsonListener::Place place() const {
    JsonListener::Place found{static_cast<int>(keys_.size()), {}, {}};
    for (const std::string& key : keys_) {
      if (key.empty()) continue;
      found.outer = found.key;
      found.key = key;
    }
    return found;
  }

  JsonListener* listener_;
  std::vector<std::string> keys_;  // by open container: of an object, the key of its open member
};

}  // namespace

void walk_json(std::string_view text, JsonListener& listener, std::string_view name, std::uint64_t base) {
  Walk walk(listener);
  const JsonEnd end = tell_json(text, walk);
  if (end.failure) {
    throw Error(ErrorCode::kCorrupt, std::string(name) + ": at byte " + std::to_string(base + end.used) +
                                         ": expected JSON, found " + end.failure.message());
  }
}

}  // namespace chunkmark::imports
