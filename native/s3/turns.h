// Turns: a lock that goes to the waiting reader with the lowest offset, so that several lanes that read one stream find
// their bytes in its order. A mutex would let one lane pass another many times, and the stream go back for it.
//
// Thread-safe. A Turn holds the lock until it is gone.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace chunkmark::s3 {

class Turns {
 public:
  class Turn {
   public:
    explicit Turn(Turns* turns) : turns_(turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() { end(); }
    void end() {
      if (turns_ != nullptr) std::exchange(turns_, nullptr)->pass_on();
    }
    explicit operator bool() const { return turns_ != nullptr; }

   private:
    Turns* turns_;
  };

  Turn wait(std::uint64_t offset) {
    std::unique_lock lock(mutex_);
    if (taken_ || !waiting_.empty()) {
      std::condition_variable mine;
      const auto place = waiting_.emplace(offset, &mine);
      mine.wait(lock, [&] { return !taken_ && place == waiting_.begin(); });
      waiting_.erase(place);
    }
    taken_ = true;
    return Turn(this);
  }

  // Nothing when somebody has it.
  Turn try_now() {
    const std::scoped_lock lock(mutex_);
    const bool is_free = !std::exchange(taken_, true);
    return Turn(is_free ? this : nullptr);
  }

 private:
  void pass_on() {
    const std::scoped_lock lock(mutex_);
    taken_ = false;
    if (!waiting_.empty()) waiting_.begin()->second->notify_one();
  }

  std::mutex mutex_;
  bool taken_ = false;
  std::multimap<std::uint64_t, std::condition_variable*> waiting_;
};

}  // namespace chunkmark::s3
