// DisplayTree: call stacks as people see them: functions with inlined ones unfolded, equal ones merged.
//
// Node 0 is the root. A parent always comes before its children. Only the stacks that were asked for are in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::profile {

struct DisplayFrame {
  capture::Symbol symbol;
  std::string module;  // file name without folders; empty for Python
};

class DisplayTree {
 public:
  // Borrows the tree.
  explicit DisplayTree(const capture::StackTree& tree);

  // The node that stands for a stack, made now if need be.
  std::uint32_t node_of(std::uint32_t stack);

  const std::vector<DisplayFrame>& frames() const { return frames_; }  // distinct; frame 0 is the root's
  const std::vector<std::int32_t>& parent() const { return parent_; }  // -1 for the root
  const std::vector<std::uint32_t>& frame() const { return frame_; }

 private:
  static constexpr std::uint32_t kUnset = ~std::uint32_t{0};

  std::string module_name(std::uint32_t module) const;
  std::uint32_t symbol_number(const capture::SymbolRef& symbol, std::uint32_t module);
  std::uint32_t address_number(const capture::Frame& frame);
  std::uint32_t text_number(std::uint32_t string);
  std::uint32_t child(std::uint32_t parent, std::uint32_t frame);

  const capture::StackTree& tree_;
  std::vector<DisplayFrame> frames_;
  std::vector<std::int32_t> parent_;
  std::vector<std::uint32_t> frame_;
  std::vector<std::uint32_t> node_of_stack_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> symbol_numbers_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> address_numbers_;
  std::unordered_map<std::string_view, std::uint32_t> texts_;
  std::unordered_map<std::uint64_t, std::uint32_t> children_;
};

}  // namespace chunkmark::profile
