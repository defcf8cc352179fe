#include "native/os/thread_executor.h"

namespace chunkmark::os {

// One call of parallel() or ordered(). Everything but the functions is guarded by the executor's mutex.
struct ThreadExecutor::Job {
  std::size_t n;
  const Work& produce;
  const Work* consume;
  std::size_t next = 0;  // the index that the next free lane takes
  std::size_t turn = 0;  // the index that may be consumed
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

void ThreadExecutor::work_on(Job& job, unsigned lane) {
  std::unique_lock lock(mutex_);
  while (job.next < job.n && !job.failure) {
    const std::size_t index = job.next++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      job.produce(index, lane);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (job.consume != nullptr) {
      changed_.wait(lock, [&] { return job.turn == index || job.failure; });
      if (!failure && !job.failure) {
        lock.unlock();
        try {
          (*job.consume)(index, lane);
        } catch (...) {
          failure = std::current_exception();
        }
        lock.lock();
      }
      job.turn = index + 1;
    }
    if (failure && !job.failure) job.failure = failure;
    if (job.consume != nullptr || failure) changed_.notify_all();
  }
}

}  // namespace chunkmark::os
