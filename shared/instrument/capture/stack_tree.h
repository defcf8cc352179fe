// StackTree: every distinct call stack of a capture, as a tree of frames that share their outer parts.
//
// Node 0 is the root (an empty stack). A node's parent always comes before it. Texts are UTF-8, whatever the traced
// program's names are made of. Immutable once the capture is read; then safe to share between threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chunkmark::capture {

// One line of source as a person knows it.
struct Symbol {
  std::string function;
  std::string file;
  std::uint32_t line = 0;
};

// The same within a tree, whose strings it refers to: a name stands once however many frames have it.
struct SymbolRef {
  std::uint32_t function = 0;
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  bool operator==(const SymbolRef&) const = default;
};

enum class FrameKind : std::uint8_t { kNative = 0, kPython = 1 };

// One frame of a stack. A native frame is an address until symbols are known; then it is one or more symbols, the
// innermost inlined function first. A Python frame has exactly one.
struct Frame {
  FrameKind kind = FrameKind::kNative;
  std::uint32_t module = 0;  // index into modules; 0 = unknown
  std::uint64_t offset = 0;  // address within the module
  std::vector<SymbolRef> symbols;
};

struct StackNode {
  std::uint32_t parent = 0;
  std::uint32_t frame = 0;
};

struct StackTree {
  std::vector<std::string> strings{""};  // names of functions and files; 0 = unknown
  std::vector<std::string> modules{""};  // paths; 0 = unknown
  std::vector<Frame> frames{Frame{}};    // 0 = the root's
  std::vector<StackNode> nodes{StackNode{}};
};

}  // namespace chunkmark::capture
