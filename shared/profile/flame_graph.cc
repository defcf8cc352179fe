#include "profile/flame_graph.h"

#include <map>
#include <tuple>
#include <unordered_map>

#include "profile/frame_text.h"

namespace chunkmark::profile {
namespace {

class Builder {
 public:
  explicit Builder(const StackTree& tree) : tree_(tree), graph_node_(tree.nodes.size(), kUnset) {
    graph_.frames.push_back({{"all", "", 0}, ""});
    graph_.parent.push_back(-1);
    graph_.frame.push_back(0);
    graph_.bytes.push_back(0);
    graph_.blocks.push_back(0);
    graph_node_[0] = 0;
  }

  void add(std::uint32_t stack, std::uint64_t bytes, std::uint64_t blocks) {
    const std::uint32_t node = node_of(stack);
    graph_.bytes[node] += bytes;
    graph_.blocks[node] += blocks;
  }

  FlameGraph take() { return std::move(graph_); }

 private:
  static constexpr std::uint32_t kUnset = ~std::uint32_t{0};

  std::uint32_t node_of(std::uint32_t stack) {
    // Up to the first ancestor that is known, then down again: no recursion, however deep a stack is.
    std::vector<std::uint32_t> path;
    for (; graph_node_[stack] == kUnset; stack = tree_.nodes[stack].parent) path.push_back(stack);
    std::uint32_t node = graph_node_[stack];
    for (; !path.empty(); path.pop_back()) {
      const Frame& frame = tree_.frames[tree_.nodes[path.back()].frame];
      if (frame.symbols.empty()) node = child(node, address_number(frame));
      for (auto symbol = frame.symbols.rbegin(); symbol != frame.symbols.rend(); ++symbol) {
        node = child(node, symbol_number(*symbol, frame.module));
      }
      graph_node_[path.back()] = node;
    }
    return node;
  }

  std::uint32_t next_frame() const { return static_cast<std::uint32_t>(graph_.frames.size()); }

  std::string module_name(std::uint32_t module) const { return std::string(base_name(tree_.modules[module])); }

  std::uint32_t symbol_number(const SymbolRef& symbol, std::uint32_t module) {
    const std::tuple key(text_number(symbol.function), text_number(symbol.file), symbol.line, module);
    const auto [at, fresh] = symbol_numbers_.try_emplace(key, next_frame());
    if (fresh) {
      graph_.frames.push_back(
          {{tree_.strings[symbol.function], tree_.strings[symbol.file], symbol.line}, module_name(module)});
    }
    return at->second;
  }

  std::uint32_t address_number(const Frame& frame) {
    const auto [at, fresh] = address_numbers_.try_emplace({frame.module, frame.offset}, next_frame());
    if (fresh) graph_.frames.push_back({{address_text(tree_, frame), "", 0}, module_name(frame.module)});
    return at->second;
  }

  // Equal texts may stand in the tree twice (each section brings its own); the first stands for all.
  std::uint32_t text_number(std::uint32_t string) {
    return texts_.try_emplace(tree_.strings[string], string).first->second;
  }

  std::uint32_t child(std::uint32_t parent, std::uint32_t frame) {
    const auto [at, fresh] =
        children_.try_emplace((std::uint64_t{parent} << 32) | frame, static_cast<std::uint32_t>(graph_.parent.size()));
    if (fresh) {
      graph_.parent.push_back(static_cast<std::int32_t>(parent));
      graph_.frame.push_back(frame);
      graph_.bytes.push_back(0);
      graph_.blocks.push_back(0);
    }
    return at->second;
  }

  const StackTree& tree_;
  FlameGraph graph_;
  std::vector<std::uint32_t> graph_node_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> symbol_numbers_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> address_numbers_;
  std::unordered_map<std::string_view, std::uint32_t> texts_;
  std::unordered_map<std::uint64_t, std::uint32_t> children_;
};

}  // namespace

FlameGraph flame_at_peak(const Analysis& analysis, const StackTree& tree) {
  Builder builder(tree);
  for (std::uint32_t stack = 0; stack < analysis.stacks().size() && stack < tree.nodes.size(); ++stack) {
    const StackTotals& totals = analysis.stacks()[stack];
    if (totals.peak_bytes <= 0) continue;
    builder.add(stack, static_cast<std::uint64_t>(totals.peak_bytes),
                static_cast<std::uint64_t>(totals.peak_blocks > 0 ? totals.peak_blocks : 0));
  }
  return builder.take();
}

}  // namespace chunkmark::profile
