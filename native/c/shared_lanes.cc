#include "native/c/shared_lanes.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "native/c/boundary.h"
#include "native/os/thread_executor.h"

namespace chunkmark::c {

namespace {

constexpr unsigned kMaxDefault = 16;
constexpr unsigned kMaxWidth = 256;
constexpr std::size_t kMaxIdle = 8;  // executors that wait for the next call

class Pool {
 public:
  std::unique_ptr<os::ThreadExecutor> borrow(unsigned width) {
    {
      const std::lock_guard lock(mutex_);
      forget_if_forked();
      const auto found =
          std::find_if(idle_.begin(), idle_.end(), [&](const auto& one) { return one->width() == width; });
      if (found != idle_.end()) {
        std::unique_ptr<os::ThreadExecutor> executor = std::move(*found);
        idle_.erase(found);
        return executor;
      }
    }
    return std::make_unique<os::ThreadExecutor>(width);
  }

  void give_back(std::unique_ptr<os::ThreadExecutor> executor) {
    const std::lock_guard lock(mutex_);
    forget_if_forked();
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(executor));
  }

 private:
  // Threads that are not there cannot be joined: the child leaves their executors where they are.
  void forget_if_forked() {
    if (owner_ == getpid()) return;
    owner_ = getpid();
    for (auto& executor : idle_) static_cast<void>(executor.release());
    idle_.clear();
  }

  std::mutex mutex_;
  pid_t owner_ = getpid();
  std::vector<std::unique_ptr<os::ThreadExecutor>> idle_;
};

// Never destroyed: threads of the caller's may be at work while the process ends.
Pool& pool() {
  static Pool& pool = *new Pool;
  return pool;
}

class Loan {
 public:
  explicit Loan(unsigned width) : executor_(pool().borrow(width)) {}
  ~Loan() { pool().give_back(std::move(executor_)); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  os::ThreadExecutor& operator*() { return *executor_; }

 private:
  std::unique_ptr<os::ThreadExecutor> executor_;
};

}  // namespace

SharedLanes::SharedLanes(unsigned width) : width_(width != 0 ? width : os::machine_lanes(kMaxDefault)) {
  if (width_ > kMaxWidth) invalid("expected at most 256 threads, found " + std::to_string(width_));
}

void SharedLanes::parallel(std::size_t n, const Work& work) {
  Loan lanes(width_);
  (*lanes).parallel(n, work);
}

void SharedLanes::ordered(std::size_t n, const Work& produce, const Work& consume) {
  Loan lanes(width_);
  (*lanes).ordered(n, produce, consume);
}

}  // namespace chunkmark::c
