// Executor: how parallel work is run without assuming threads.
//
// Work is numbered 0..n-1 and runs on lanes 0..width()-1; a lane runs one piece at a time, so that it may own scratch.
// The first exception of any piece is rethrown to the caller after all lanes have stopped. An executor runs one job at
// a time: calls from several threads, or from inside a piece, are the caller's error.
#pragma once

#include <cstddef>
#include <functional>

namespace chunkmark {

class Executor {
 public:
  using Work = std::function<void(std::size_t index, unsigned lane)>;

  virtual ~Executor() = default;

  virtual unsigned width() const = 0;

  // work(i, lane) for every i, in any order.
  virtual void parallel(std::size_t n, const Work& work) = 0;

  // produce(i, lane) for every i in any order, and consume(i, lane) strictly in the order of i, one at a time, each on
  // the lane that produced i. What consume does is therefore the same for every width.
  virtual void ordered(std::size_t n, const Work& produce, const Work& consume) = 0;
};

// Runs everything on the calling thread.
class InlineExecutor final : public Executor {
 public:
  unsigned width() const override { return 1; }
  void parallel(std::size_t n, const Work& work) override {
    for (std::size_t i = 0; i < n; ++i) work(i, 0);
  }
  void ordered(std::size_t n, const Work& produce, const Work& consume) override {
    for (std::size_t i = 0; i < n; ++i) {
      produce(i, 0);
      consume(i, 0);
    }
  }
};

}  // namespace chunkmark
