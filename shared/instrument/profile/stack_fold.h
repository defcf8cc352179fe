// StackFold: which stacks of a run are told by themselves, and which with their callers, while the run is read.
//
// A stack's weight is its bytes (plus one a row) and those of all that it calls; what weighs most stays, and a caller
// always weighs as much as what it calls. Until keep() all stay; stacks that are new since stay as well, so that what a
// later part of a run does is told in full until the next keep(), or until the weight of all has doubled since the last
// one: then as many are chosen anew. It is told of the tree's nodes as they come. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::profile {

// The parents of a tree's nodes from number `known` on, which becomes their number.
std::vector<std::uint32_t> new_parents(const capture::StackTree& tree, std::size_t& known);

class StackFold {
 public:
  // The parents of the next nodes, each of which is a node before it; the first is the root.
  void learn(std::span<const std::uint32_t> parents) {
    parents_.insert(parents_.end(), parents.begin(), parents.end());
  }

  void weigh(std::uint32_t stack, std::uint64_t bytes) {
    if (stack >= weights_.size()) grow(stack);
    weights_[stack] += bytes + 1;
    total_ += bytes + 1;
    if (total_ >= chosen_anew_at_) keep(count_);
  }
  // The stack itself, or its nearest caller that is kept.
  std::uint32_t kept(std::uint32_t stack) const { return stack < kept_as_.size() ? kept_as_[stack] : stack; }

  // Keeps the `count` heaviest nodes of the tree, and the root.
  void keep(std::size_t count);
  // Nodes that have a weight, and of those the ones that are kept.
  std::size_t stacks() const;
  std::size_t kept_stacks() const;

 private:
  void grow(std::uint32_t stack) { weights_.resize(std::max(parents_.size(), stack + std::size_t{1})); }
  std::vector<std::uint64_t> with_callees() const;

  std::vector<std::uint32_t> parents_;
  std::vector<std::uint64_t> weights_;  // by node, of its own rows
  std::vector<std::uint32_t> kept_as_;
  std::size_t count_ = 0;
  std::uint64_t total_ = 0, chosen_anew_at_ = ~std::uint64_t{0};
};

}  // namespace chunkmark::profile
