#include "instrument/profile/stack_fold.h"

#include <algorithm>
#include <numeric>

namespace chunkmark::profile {

std::vector<std::uint32_t> new_parents(const capture::StackTree& tree, std::size_t& known) {
  std::vector<std::uint32_t> parents;
  parents.reserve(tree.nodes.size() - known);
  for (; known < tree.nodes.size(); ++known) parents.push_back(tree.nodes[known].parent);
  return parents;
}

std::vector<std::uint64_t> StackFold::with_callees() const {
  std::vector<std::uint64_t> sums = weights_;
  sums.resize(parents_.size());
  for (std::size_t node = sums.size(); node-- > 1;) sums[parents_[node]] += sums[node];
  return sums;
}

void StackFold::keep(std::size_t count) {
  const std::vector<std::uint64_t> weight = with_callees();
  std::vector<std::uint32_t> order(weight.size());
  std::iota(order.begin(), order.end(), 0u);
  count = std::min(count, order.size());
  count_ = count;
  chosen_anew_at_ = total_ > ~std::uint64_t{0} / 2 ? ~std::uint64_t{0} : 2 * total_;
  // Of the same weight, a caller comes first: its number is lower.
  const auto heavier = [&weight](std::uint32_t a, std::uint32_t b) {
    return weight[a] != weight[b] ? weight[a] > weight[b] : a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), heavier);
  std::vector<bool> kept(order.size());
  for (std::size_t i = 0; i < count; ++i) kept[order[i]] = true;
  kept_as_.assign(order.size(), 0);
  for (std::uint32_t node = 1; node < kept_as_.size(); ++node) {
    kept_as_[node] = kept[node] ? node : kept_as_[parents_[node]];
  }
}

std::size_t StackFold::stacks() const {
  const std::vector<std::uint64_t> weight = with_callees();
  return static_cast<std::size_t>(std::count_if(weight.begin(), weight.end(), [](std::uint64_t of) { return of > 0; }));
}

std::size_t StackFold::kept_stacks() const {
  const std::vector<std::uint64_t> weight = with_callees();
  std::size_t count = 0;
  for (std::uint32_t node = 0; node < weight.size(); ++node) count += weight[node] > 0 && kept(node) == node ? 1 : 0;
  return count;
}

}  // namespace chunkmark::profile
