#include "instrument/profile/display_tree.h"

#include "instrument/profile/frame_text.h"

namespace chunkmark::profile {

DisplayTree::DisplayTree(const capture::StackTree& tree)
    : tree_(tree), frames_{{{"all", "", 0}, ""}}, parent_{-1}, frame_{0}, node_of_stack_(tree.nodes.size(), kUnset) {
  node_of_stack_[0] = 0;
}

std::uint32_t DisplayTree::node_of(std::uint32_t stack) {
  if (stack >= node_of_stack_.size()) return 0;
  // Up to the first ancestor that is known, then down again: no recursion, however deep a stack is.
  std::vector<std::uint32_t> path;
  for (; node_of_stack_[stack] == kUnset; stack = tree_.nodes[stack].parent) path.push_back(stack);
  std::uint32_t node = node_of_stack_[stack];
  for (; !path.empty(); path.pop_back()) {
    const capture::Frame& frame = tree_.frames[tree_.nodes[path.back()].frame];
    if (frame.symbols.empty()) node = child(node, address_number(frame));
    for (auto symbol = frame.symbols.rbegin(); symbol != frame.symbols.rend(); ++symbol) {
      node = child(node, symbol_number(*symbol, frame.module));
    }
    node_of_stack_[path.back()] = node;
  }
  return node;
}

std::string DisplayTree::module_name(std::uint32_t module) const {
  return std::string(base_name(tree_.modules[module]));
}

std::uint32_t DisplayTree::symbol_number(const capture::SymbolRef& symbol, std::uint32_t module) {
  const std::tuple key(text_number(symbol.function), text_number(symbol.file), symbol.line, module);
  const auto [at, fresh] = symbol_numbers_.try_emplace(key, static_cast<std::uint32_t>(frames_.size()));
  if (fresh) {
    frames_.push_back({{tree_.strings[symbol.function], tree_.strings[symbol.file], symbol.line}, module_name(module)});
  }
  return at->second;
}

std::uint32_t DisplayTree::address_number(const capture::Frame& frame) {
  const auto [at, fresh] =
      address_numbers_.try_emplace({frame.module, frame.offset}, static_cast<std::uint32_t>(frames_.size()));
  if (fresh) frames_.push_back({{address_text(tree_, frame), "", 0}, module_name(frame.module)});
  return at->second;
}

// Equal texts may stand in the tree twice (each section brings its own); the first stands for all.
std::uint32_t DisplayTree::text_number(std::uint32_t string) {
  return texts_.try_emplace(tree_.strings[string], string).first->second;
}

std::uint32_t DisplayTree::child(std::uint32_t parent, std::uint32_t frame) {
  const auto [at, fresh] =
      children_.try_emplace((std::uint64_t{parent} << 32) | frame, static_cast<std::uint32_t>(parent_.size()));
  if (fresh) {
    parent_.push_back(static_cast<std::int32_t>(parent));
    frame_.push_back(frame);
  }
  return at->second;
}

}  // namespace chunkmark::profile
