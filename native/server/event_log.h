// EventLog: what has happened, for those who listen (server-sent events). Whoever comes late, or again, hears from the
// beginning or from where they were; of a long history only the newest events are kept. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace chunkmark::server {

class EventLog {
 public:
  // `data`: one line, JSON.
  void add(std::string_view event, std::string_view data);
  // Nothing more will happen: listeners are let go once they have heard the rest.
  void close();

  struct Heard {
    std::string text;  // as it goes over the wire
    std::uint64_t next = 0;
    bool ended = false;
  };
  // The events from number `from` on, as many as are kept and as fit into a piece of 64 KiB, more or less.
  Heard since(std::uint64_t from) const;
  // The number that the next event will have.
  std::uint64_t next() const;

  // `wake` is called, from any thread, after each event and after close(), until unsubscribe() returns.
  int subscribe(std::function<void()> wake);
  void unsubscribe(int listener);

 private:
  void wake_all();

  mutable std::mutex mutex_;
  std::deque<std::string> kept_;
  std::uint64_t first_ = 0;  // the number of the oldest that is kept
  bool closed_ = false;
  std::map<int, std::function<void()>> listeners_;
  int last_listener_ = 0;
};

}  // namespace chunkmark::server
