// Executor: how parallel work is run without assuming threads.
//
// Work is numbered 0..n-1 and runs on lanes 0..width()-1; a lane runs one piece at a time, so that it may own scratch.
// Pieces are begun in the order of their numbers. Once one has thrown, no higher one is begun, and the exception of the
// lowest is rethrown to the caller after all lanes have stopped: which one that is does not depend on the width. An
// executor runs one job at a time: calls from several threads, or from inside a piece, are the caller's error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace chunkmark {

class Executor {
 public:
  using Work = std::function<void(std::size_t index, unsigned lane)>;

  virtual ~Executor() = default;

  virtual unsigned width() const = 0;

  // work(i, lane) for every i; they may end in any order.
  virtual void parallel(std::size_t n, const Work& work) = 0;

  // produce(i, lane) for every i in any order, and consume(i, lane) strictly in the order of i, one at a time, each on
  // the lane that produced i. What consume does is therefore the same for every width.
  virtual void ordered(std::size_t n, const Work& produce, const Work& consume) = 0;
};

// Work that may be parallel inside, too: every piece gets the executor to use. As many rounds of pieces as fill all
// lanes run beside each other, each alone in its lane; the rest run one after the other, each with all lanes. So no
// lane idles, and never do more threads work than there are lanes.
void for_each_piece(Executor& executor, std::uint64_t n, const std::function<void(std::uint64_t i, Executor&)>& work);

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
