#include "base/executor.h"

namespace chunkmark {

void for_each_piece(Executor& executor, std::uint64_t n, const std::function<void(std::uint64_t i, Executor&)>& work) {
  const std::uint64_t beside = executor.width() > 1 ? n - n % executor.width() : 0;
  if (beside > 0) {
    executor.parallel(static_cast<std::size_t>(beside), [&](std::size_t i, unsigned) {
      InlineExecutor alone;
      work(i, alone);
    });
  }
  for (std::uint64_t i = beside; i < n; ++i) work(i, executor);
}

}  // namespace chunkmark
