// FlameGraph: bytes by call stack as a tree of functions, ready to draw.
//
// Node 0 is the root. A parent always comes before its children. Values are a node's own, without its children's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profile/analysis.h"
#include "profile/stack_tree.h"

namespace chunkmark::profile {

struct FlameFrame {
  Symbol symbol;
  std::string module;  // file name without folders; empty for Python
};

struct FlameGraph {
  std::vector<FlameFrame> frames;    // distinct; frame 0 is the root's
  std::vector<std::int32_t> parent;  // -1 for the root
  std::vector<std::uint32_t> frame;
  std::vector<std::uint64_t> bytes;   // own
  std::vector<std::uint64_t> blocks;  // own
};

// What was alive at the heap peak.
FlameGraph flame_at_peak(const Analysis& analysis, const StackTree& tree);

}  // namespace chunkmark::profile
