// How a frame is shown and told apart: the words that people read in a stack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::profile {

// A frame without symbols: "module+0xoffset".
std::string address_text(const capture::StackTree& tree, const capture::Frame& frame);

// "function file:line", or what there is of it.
std::string symbol_text(const capture::StackTree& tree, const capture::SymbolRef& symbol);

// The first symbol of a frame, which is the innermost inlined function, or its address.
std::string frame_text(const capture::StackTree& tree, const capture::Frame& frame);

// The file name without folders: "libblosc.so.1".
std::string_view base_name(std::string_view path);

// True for the frames that only carry out an allocation or a copy for somebody: the C and C++ runtime libraries,
// operator new, containers and allocators of std::, Rust's alloc and core. `file`: the function's source, if it is
// known.
bool is_runtime_frame(std::string_view module_path, std::string_view function, std::string_view file = {});

// The frames of a node as text, innermost first; of a deeper stack the innermost kMaxStackLines.
constexpr std::size_t kMaxStackLines = 400;
std::vector<std::string> stack_text(const capture::StackTree& tree, std::uint32_t node);

}  // namespace chunkmark::profile
