// What replays of a history have in common, whoever's engine they are of: times, and the changes one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "study/version_case.h"
#include "study/version_history.h"

namespace chunkmark::study {

inline ByteView bytes_of(const std::vector<std::uint64_t>& elements) {
  return std::as_bytes(std::span(elements));
}

// Elapsed and processor time of each transaction.
class TransactionClock {
 public:
  void time(const std::function<void()>& call);
  void tell(json::object& told) const;

 private:
  std::vector<double> seconds_, processor_;
};

// {"median", "min", "max", "repeat"}, in milliseconds.
json::object timed(std::uint64_t repeat, const std::function<void()>& call);

// The changes that are replayed. What an engine moves and holds is to be told apart from what making them does: under
// the tracer they are made before.
class Transactions {
 public:
  explicit Transactions(const VersionCase& task)
      : history_(task.workload, task.mode, task.seed), count_(task.transactions) {}

  const VersionHistory& history() const { return history_; }
  void make_all() {
    for (std::uint64_t i = 0; i < count_; ++i) made_.push_back(history_.next());
  }
  const Transaction& next() {
    if (at_ == made_.size()) {
      now_ = history_.next();
      return now_;
    }
    return made_[at_++];
  }

 private:
  VersionHistory history_;
  std::uint64_t count_;
  std::vector<Transaction> made_;
  std::size_t at_ = 0;
  Transaction now_;
};

inline array::Shape chunk_of(const VersionCase& task, const HistoryArray& array) {
  return array::Shape(array.shape.size(), task.chunk_size);
}

}  // namespace chunkmark::study
