#include "native/os/thread_lane.h"

namespace chunkmark::os {

ThreadLane::~ThreadLane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  given_.notify_one();
  thread_.join();
}

void ThreadLane::run(std::function<void()> work) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return waiting_.size() < kMostWaiting || failure_; });
  check();
  waiting_.push_back(std::move(work));
  given_.notify_one();
}

void ThreadLane::wait() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return (waiting_.empty() && !busy_) || failure_; });
  check();
}

void ThreadLane::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    given_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work();
      work = nullptr;  // what it holds, too, is done with outside of the lock
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    busy_ = false;
    if (failure) {
      failure_ = std::move(failure);
      waiting_.clear();
    }
    done_.notify_one();
    if (failure_) return;
  }
}

std::unique_ptr<Lane> make_lane() {
  return std::thread::hardware_concurrency() > 1 ? std::make_unique<ThreadLane>() : nullptr;
}

}  // namespace chunkmark::os
