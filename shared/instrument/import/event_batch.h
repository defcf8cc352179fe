// EventBatch: hands events to a visitor many at a time.
//
// Borrows the visitor; flush() before anything else is told that must stand between two events, and at the end.
#pragma once

#include <span>
#include <vector>

#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

class EventBatch {
 public:
  explicit EventBatch(capture::CaptureVisitor& visitor) : visitor_(visitor) {}

  // Written where it stays: an event that is put together elsewhere and copied waits for its own parts.
  void add(const capture::Event& event) {
    events_[count_++] = event;
    if (count_ == kEvents) flush();
  }
  void flush() {
    if (count_ > 0) visitor_.on_events(0, std::span(events_).first(count_));
    count_ = 0;
  }

 private:
  static constexpr std::size_t kEvents = 16384;  // so many that handing them to another thread costs little

  capture::CaptureVisitor& visitor_;
  std::vector<capture::Event> events_ = std::vector<capture::Event>(kEvents);
  std::size_t count_ = 0;
};

}  // namespace chunkmark::imports
