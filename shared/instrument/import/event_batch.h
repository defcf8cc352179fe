// EventBatch: hands events to a visitor many at a time.
//
// Borrows the visitor; flush() before anything else is told that must stand between two events, and at the end.
#pragma once

#include <vector>

#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

class EventBatch {
 public:
  explicit EventBatch(capture::CaptureVisitor& visitor) : visitor_(visitor) { events_.reserve(kEvents); }

  void add(const capture::Event& event) {
    events_.push_back(event);
    if (events_.size() == kEvents) flush();
  }
  void flush() {
    if (!events_.empty()) visitor_.on_events(0, events_);
    events_.clear();
  }

 private:
  static constexpr std::size_t kEvents = 16384;  // so many that handing them to another thread costs little

  capture::CaptureVisitor& visitor_;
  std::vector<capture::Event> events_;
};

}  // namespace chunkmark::imports
