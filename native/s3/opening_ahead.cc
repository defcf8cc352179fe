#include "native/s3/opening_ahead.h"

#include <algorithm>
#include <system_error>

namespace chunkmark::s3 {

OpeningAhead::OpeningAhead(store::Store& store, std::uint64_t n, std::uint64_t object_bytes, store::KeyOf key_of,
                           std::uint64_t most)
    : store_(store),
      n_(n),
      ahead_(std::clamp(kAheadOfReadersBytes / std::max<std::uint64_t>(object_bytes, 1), kLeastAhead, most)),
      key_of_(std::move(key_of)) {
  try {
    while (threads_.size() < std::min(n_, ahead_)) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {  // fewer threads do as well
    if (threads_.empty()) throw;
  }
}

OpeningAhead::~OpeningAhead() {
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void OpeningAhead::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_over_ || next_ == n_ || next_ < asked_ + ahead_; });
    if (is_over_ || next_ == n_) return;
    const std::uint64_t i = next_++;
    Opened& opened = opened_[i];  // stays until it is done and asked for
    lock.unlock();
    std::unique_ptr<bytes::RandomAccess> object;
    std::exception_ptr failure;
    try {
      object = store_.open(key_of_(i));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    opened.object = std::move(object);
    opened.failure = failure;
    opened.is_done = true;
    changed_.notify_all();
  }
}

std::unique_ptr<bytes::RandomAccess> OpeningAhead::open(std::uint64_t i) {
  std::unique_lock lock(mutex_);
  asked_ = std::max(asked_, i + 1);
  changed_.notify_all();
  changed_.wait(lock, [&] {
    const auto found = opened_.find(i);
    return found != opened_.end() && found->second.is_done;
  });
  Opened opened = std::move(opened_.extract(i).mapped());
  if (opened.failure) std::rethrow_exception(opened.failure);
  return std::move(opened.object);
}

}  // namespace chunkmark::s3
