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
      const std::vector<Symbol> symbols = symbols_of(tree_, frame);
      for (auto symbol = symbols.rbegin(); symbol != symbols.rend(); ++symbol) {
        node = child(node, frame_number(*symbol, base_name(tree_.modules[frame.module])));
      }
      graph_node_[path.back()] = node;
    }
    return node;
  }

  std::uint32_t frame_number(const Symbol& symbol, std::string_view module) {
    const auto [at, fresh] = frame_numbers_.try_emplace(
        std::tuple(symbol.function, symbol.file, symbol.line, std::string(module)),
        static_cast<std::uint32_t>(graph_.frames.size()));
    if (fresh) graph_.frames.push_back({symbol, std::string(module)});
    return at->second;
  }

  std::uint32_t child(std::uint32_t parent, std::uint32_t frame) {
    const auto [at, fresh] = children_.try_emplace((std::uint64_t{parent} << 32) | frame,
                                                   static_cast<std::uint32_t>(graph_.parent.size()));
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
  std::map<std::tuple<std::string, std::string, std::uint32_t, std::string>, std::uint32_t> frame_numbers_;
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
