// ThreadExecutor: an Executor with threads of its own, started once and reused.
//
// The calling thread is lane 0 and works as well. ordered() hands the turn from index to index, so that what is
// consumed, and in what order, does not depend on the number of threads.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/executor.h"

namespace chunkmark::os {

// As many lanes as the machine has processors, and at most `most`: each has scratch of its own.
unsigned machine_lanes(unsigned most = 8);

class ThreadExecutor final : public Executor {
 public:
  // `width` of at least 1; 1 starts no thread.
  explicit ThreadExecutor(unsigned width);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  unsigned width() const override { return static_cast<unsigned>(threads_.size()) + 1; }
  void parallel(std::size_t n, const Work& work) override;
  void ordered(std::size_t n, const Work& produce, const Work& consume) override;

 private:
  struct Job;

  void run(Job& job);
  void serve(unsigned lane);
  void work_on(Job& job, unsigned lane);
  template <typename Call>
  static std::exception_ptr call_unlocked(std::unique_lock<std::mutex>& lock, const Call& call);

  std::mutex mutex_;
  std::condition_variable changed_;
  Job* job_ = nullptr;
  std::size_t generation_ = 0;  // so that a worker takes each job once
  unsigned busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chunkmark::os
