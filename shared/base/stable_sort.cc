#include "base/stable_sort.h"

#include <algorithm>
#include <numeric>

namespace chunkmark {

namespace {

struct Before {
  const std::function<bool(std::uint32_t, std::uint32_t)>& rows;

  // A call: a sort has sixty places that compare.
  [[gnu::noinline]] bool operator()(std::uint32_t a, std::uint32_t b) const {
    return rows(a, b) || (a < b && !rows(b, a));
  }
};

}  // namespace

std::vector<std::uint32_t> stable_order(std::size_t n,
                                        const std::function<bool(std::uint32_t, std::uint32_t)>& before) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), Before{before});
  return order;
}

}  // namespace chunkmark
