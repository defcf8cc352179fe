// ThreadLane: a Lane with a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "base/lane.h"

namespace chunkmark::os {

class ThreadLane final : public Lane {
 public:
  static constexpr std::size_t kMostWaiting = 8;

  ThreadLane() : thread_([this] { serve(); }) {}
  ~ThreadLane() override;
  ThreadLane(const ThreadLane&) = delete;
  ThreadLane& operator=(const ThreadLane&) = delete;

  void run(std::function<void()> work) override;
  void wait() override;

 private:
  void serve();
  void check() const {
    if (failure_) std::rethrow_exception(failure_);
  }

  std::mutex mutex_;
  std::condition_variable given_, done_;
  std::deque<std::function<void()>> waiting_;
  bool busy_ = false, stopping_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // the last, since it uses the others
};

// One, where the machine has more than one processor; else null.
std::unique_ptr<Lane> make_lane();

}  // namespace chunkmark::os
