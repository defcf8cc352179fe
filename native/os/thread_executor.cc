#include "native/os/thread_executor.h"

#include <algorithm>

namespace chunkmark::os {

unsigned machine_lanes(unsigned most) {
  return std::clamp(std::thread::hardware_concurrency(), 1u, most);
}

// One call of parallel() or ordered(). Everything but the functions is guarded by the executor's mutex.
struct ThreadExecutor::Job {
  std::size_t n;
  const Work& produce;
  const Work* consume;
  std::size_t next = 0;    // the index that the next free lane takes
  std::size_t turn = 0;    // the index that may be consumed
  std::size_t failed = n;  // the lowest index that threw
  std::exception_ptr failure = nullptr;
};

ThreadExecutor::ThreadExecutor(unsigned width) {
  for (unsigned lane = 1; lane < width; ++lane) threads_.emplace_back([this, lane] { serve(lane); });
}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadExecutor::parallel(std::size_t n, const Work& work) {
  Job job{n, work, nullptr};
  run(job);
}

void ThreadExecutor::ordered(std::size_t n, const Work& produce, const Work& consume) {
  Job job{n, produce, &consume};
  run(job);
}

void ThreadExecutor::run(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    ++generation_;
  }
  changed_.notify_all();
  work_on(job, 0);
  std::unique_lock lock(mutex_);
  job_ = nullptr;  // a worker that wakes only now has nothing left to do
  changed_.wait(lock, [&] { return busy_ == 0; });
  if (job.failure) std::rethrow_exception(job.failure);
}

void ThreadExecutor::serve(unsigned lane) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (job_ != nullptr && generation_ != seen); });
    if (stopping_) return;
    seen = generation_;
    Job& job = *job_;
    ++busy_;
    lock.unlock();
    work_on(job, lane);
    lock.lock();
    --busy_;
    changed_.notify_all();
  }
}

// One piece of work, outside the lock. The exception that it threw, if any.
template <typename Call>
std::exception_ptr ThreadExecutor::call_unlocked(std::unique_lock<std::mutex>& lock, const Call& call) {
  std::exception_ptr failure;
  lock.unlock();
  try {
    call();
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  return failure;
}

void ThreadExecutor::work_on(Job& job, unsigned lane) {
  std::unique_lock lock(mutex_);
  while (job.next < job.failed) {
    const std::size_t index = job.next++;
    const auto keep = [&](std::exception_ptr failure) {
      if (!failure || index >= job.failed) return;
      job.failed = index;
      job.failure = std::move(failure);
      changed_.notify_all();
    };
    keep(call_unlocked(lock, [&] { job.produce(index, lane); }));
    if (job.consume == nullptr) continue;
    changed_.wait(lock, [&] { return job.turn == index || job.failed <= index; });
    if (job.failed <= index) continue;
    keep(call_unlocked(lock, [&] { (*job.consume)(index, lane); }));
    ++job.turn;
    changed_.notify_all();
  }
}

}  // namespace chunkmark::os
