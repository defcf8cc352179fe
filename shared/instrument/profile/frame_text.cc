#include "instrument/profile/frame_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace chunkmark::profile {
namespace {

std::string hex(std::uint64_t value) {
  char text[17];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, 16);
  return std::string(text, end);
}

// "std::vector<int> my::load<int>(char const*)" -> "my::load": the name without return type, arguments and parameters.
// It begins behind the last space before the parameters that is not within template arguments.
std::string_view plain_name(std::string_view function) {
  std::size_t begin = 0, depth = 0, at = 0;
  for (; at < function.size() && (function[at] != '(' || depth > 0); ++at) {
    if (function[at] == '<') ++depth;
    if (function[at] == '>' && depth > 0) --depth;
    if (function[at] == ' ' && depth == 0) begin = at + 1;
  }
  const std::string_view name = function.substr(begin, at - begin);
  return name.substr(0, name.find('<'));
}

}  // namespace

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string address_text(const capture::StackTree& tree, const capture::Frame& frame) {
  const std::string_view module = base_name(tree.modules[frame.module]);
  return (module.empty() ? "unknown" : std::string(module)) + "+0x" + hex(frame.offset);
}

std::string symbol_text(const capture::StackTree& tree, const capture::SymbolRef& symbol) {
  std::string text = tree.strings[symbol.function];
  if (symbol.file != 0 && !tree.strings[symbol.file].empty()) text += " " + tree.strings[symbol.file];
  if (symbol.line != 0) text += ":" + std::to_string(symbol.line);
  return text;
}

std::string frame_text(const capture::StackTree& tree, const capture::Frame& frame) {
  return frame.symbols.empty() ? address_text(tree, frame) : symbol_text(tree, frame.symbols.front());
}

bool is_runtime_frame(std::string_view module_path, std::string_view function, std::string_view file) {
  // Rust's own library, as rustup's and the distributions' builds name its source: by the name alone, the library's
  // part of a trait for a type (<u8 as alloc::vec::...>) is not told from a program's.
  if (file.starts_with("/rustc/") || file.starts_with("/usr/src/rustc-")) return true;
  constexpr std::array<std::string_view, 8> kModules = {"libc.so",     "libc-",   "ld-linux",   "libstdc++",
                                                        "libgcc_s.so", "libm.so", "libpthread", "libc++"};
  const std::string_view module = base_name(module_path);
  for (const std::string_view runtime : kModules) {
    if (module.starts_with(runtime)) return true;
  }
  constexpr std::array<std::string_view, 8> kPrefixes = {"operator new", "__rust_", "__rdl_",  "__rg_",
                                                         "<alloc::",     "alloc::", "<core::", "core::"};
  for (const std::string_view prefix : kPrefixes) {
    if (function.starts_with(prefix)) return true;
  }
  const std::string_view name = plain_name(function);
  return name.starts_with("std::") || name.starts_with("__gnu_cxx::");
}

std::vector<std::string> stack_text(const capture::StackTree& tree, std::uint32_t node) {
  std::vector<std::string> lines;
  for (; node != 0 && lines.size() < kMaxStackLines; node = tree.nodes[node].parent) {
    const capture::Frame& frame = tree.frames[tree.nodes[node].frame];
    if (frame.symbols.empty()) lines.push_back(address_text(tree, frame));
    for (const capture::SymbolRef& symbol : frame.symbols) {
      if (lines.size() < kMaxStackLines) lines.push_back(symbol_text(tree, symbol));
    }
  }
  return lines;
}

}  // namespace chunkmark::profile
