// StackBuilder: fills a StackTree, every text, frame and node once.
//
// Borrows the tree. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <string_view>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::imports {

class StackBuilder {
 public:
  explicit StackBuilder(capture::StackTree& tree) : tree_(tree) {}

  std::uint32_t text(std::string_view text);  // cut at capture::kMaxNameBytes, made UTF-8
  std::uint32_t module(std::string_view path);
  std::uint32_t named_frame(capture::FrameKind kind, const capture::SymbolRef& symbol, std::uint32_t module = 0);
  std::uint32_t address_frame(std::uint32_t module, std::uint64_t offset);
  // The node of `frame` called by `parent`.
  std::uint32_t node(std::uint32_t parent, std::uint32_t frame);

  const capture::StackTree& tree() const { return tree_; }

 private:
  struct FrameKey {
    capture::FrameKind kind;
    std::uint32_t module;
    std::uint64_t offset;
    capture::SymbolRef symbol;
    bool operator==(const FrameKey&) const = default;
  };
  struct FrameHash {
    std::size_t operator()(const FrameKey& key) const;
  };
  std::uint32_t frame(const FrameKey& key);

  capture::StackTree& tree_;
  boost::unordered_flat_map<std::string, std::uint32_t> texts_{{"", 0}}, modules_{{"", 0}};
  boost::unordered_flat_map<FrameKey, std::uint32_t, FrameHash> frames_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> nodes_;  // by parent and frame
};

// Whether a frame of a report that weaves Python and native frames is Python's, by its file: scripts have any name.
capture::FrameKind kind_of_file(std::string_view file);

}  // namespace chunkmark::imports
