// SharedLanes: an executor that several threads may call at once: each call borrows the threads of a ThreadExecutor
// that no other call uses, from a pool of the process, and gives them back.
//
// So the number of threads follows that of calls at the same time, not that of open arrays. In a child of fork(), which
// has none of its parent's threads, the pool begins anew.
#pragma once

#include "base/executor.h"

namespace chunkmark::c {

class SharedLanes final : public Executor {
 public:
  // 0: as many as there are processors, 16 at most.
  explicit SharedLanes(unsigned width);

  unsigned width() const override { return width_; }
  void parallel(std::size_t n, const Work& work) override;
  void ordered(std::size_t n, const Work& produce, const Work& consume) override;

 private:
  unsigned width_;
};

}  // namespace chunkmark::c
