// How a frame is shown and told apart: the words that people read in a stack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/stack_tree.h"

namespace chunkmark::profile {

// The symbols of a frame, innermost inlined function first; a frame without any is "module+0xoffset".
std::vector<Symbol> symbols_of(const StackTree& tree, const Frame& frame);

// "function file:line", or what there is of it.
std::string symbol_text(const Symbol& symbol);

// The file name without folders: "libblosc.so.1".
std::string_view base_name(std::string_view path);

// True for the frames that only carry out an allocation or a copy for somebody: the C and C++ runtime libraries,
// operator new, containers and allocators of std::, Rust's alloc and core.
bool is_runtime_frame(std::string_view module_path, std::string_view function);

// The frames of a node as text, innermost first.
std::vector<std::string> stack_text(const StackTree& tree, std::uint32_t node);

}  // namespace chunkmark::profile
