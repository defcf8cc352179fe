#include "native/server/event_log.h"

#include <algorithm>

namespace chunkmark::server {
namespace {

constexpr std::size_t kMaxKept = 1000, kMaxPieceBytes = 64 << 10;

}  // namespace

void EventLog::add(std::string_view event, std::string_view data) {
  const std::lock_guard lock(mutex_);
  const std::string number = std::to_string(first_ + kept_.size());
  kept_.push_back("id: " + number + "\nevent: " + std::string(event) + "\ndata: " + std::string(data) + "\n\n");
  if (kept_.size() > kMaxKept) {
    kept_.pop_front();
    ++first_;
  }
  wake_all();
}

void EventLog::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake_all();
}

EventLog::Heard EventLog::since(std::uint64_t from) const {
  const std::lock_guard lock(mutex_);
  Heard heard;
  heard.next = std::clamp(from, first_, first_ + kept_.size());
  while (heard.next < first_ + kept_.size() && heard.text.size() < kMaxPieceBytes) {
    heard.text += kept_[static_cast<std::size_t>(heard.next++ - first_)];
  }
  heard.ended = closed_ && heard.next == first_ + kept_.size();
  return heard;
}

std::uint64_t EventLog::next() const {
  const std::lock_guard lock(mutex_);
  return first_ + kept_.size();
}

int EventLog::subscribe(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(++last_listener_, std::move(wake));
  return last_listener_;
}

void EventLog::unsubscribe(int listener) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(listener);
}

void EventLog::wake_all() {
  for (const auto& [listener, wake] : listeners_) wake();
}

}  // namespace chunkmark::server
