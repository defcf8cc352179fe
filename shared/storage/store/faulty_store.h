// FaultyStore: a store whose N-th call fails, for tests of what callers do then.
//
// Counts every call that could fail in earnest (create, append, reserve, patch, truncate, commit, open, read, erase,
// list) on the store and on its sinks and readers. Borrows the store beneath. Which of several threads meets
// the fault is open.
#pragma once

#include <atomic>
#include <limits>

#include "base/error.h"
#include "storage/store/store.h"

namespace chunkmark::store {

class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& store) : store_(store) {}

  // Call number `nth` from now on (0 is the next) throws kIo "injected"; with `sticky` all later ones as well.
  void fail_at(std::uint64_t nth, bool sticky) {
    countdown_ = nth;
    sticky_ = sticky;
    calls_ = 0;
  }
  void heal() { fail_at(std::numeric_limits<std::uint64_t>::max(), false); }
  // Calls since fail_at() or heal().
  std::uint64_t calls() const { return calls_; }

  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) override;
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override;
  bool erase(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix) override;
  std::string location() const override { return store_.location(); }

 private:
  class FaultySink;
  class FaultyReader;

  void call(std::string_view what);

  Store& store_;
  std::uint64_t countdown_ = std::numeric_limits<std::uint64_t>::max();
  std::atomic<std::uint64_t> calls_ = 0;
  bool sticky_ = false;
};

}  // namespace chunkmark::store
