#include "instrument/capture/capture_copy.h"

namespace chunkmark::capture {

void CaptureCopy::on_events(std::uint32_t process, std::span<const Event> events) {
  add_processes();
  for (Event event : events) {
    event.stack = node_of(event.stack);
    writer_.add_event(process, event);
  }
}

void CaptureCopy::finish(const json::object& end) {
  add_processes();
  std::vector<std::pair<std::uint32_t, std::vector<Symbol>>> named;
  const StackTree& tree = source_.stacks();
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    const Frame& told = tree.frames[frame];
    if (frames_[frame] == 0 || told.kind != FrameKind::kNative || told.symbols.empty()) continue;
    named.emplace_back(frames_[frame], std::vector<Symbol>());
    for (const SymbolRef& symbol : told.symbols) named.back().second.push_back(symbol_of(symbol));
  }
  writer_.add_symbols(named);
  if (source_.complete()) {
    writer_.finish(end);
  } else {
    writer_.flush();
  }
}

void CaptureCopy::add_processes() {
  for (; processes_ < source_.processes().size(); ++processes_) {
    const Process& process = source_.processes()[processes_];
    writer_.add_process(processes_, process.pid, process.parent_plus_one, process.command);
  }
}

Symbol CaptureCopy::symbol_of(const SymbolRef& symbol) const {
  const std::vector<std::string>& strings = source_.stacks().strings;
  return {strings[symbol.function], strings[symbol.file], symbol.line};
}

// The number of a node in the copy, made with its callers if need be.
std::uint32_t CaptureCopy::node_of(std::uint32_t node) {
  const StackTree& tree = source_.stacks();
  if (nodes_.size() < tree.nodes.size()) nodes_.resize(tree.nodes.size());
  std::vector<std::uint32_t> path;
  for (; node != 0 && nodes_[node] == 0; node = tree.nodes[node].parent) path.push_back(node);
  std::uint32_t made = node == 0 ? 0 : nodes_[node];
  for (; !path.empty(); path.pop_back()) {
    made = nodes_[path.back()] = writer_.add_node(made, frame_of(tree.nodes[path.back()].frame));
  }
  return made;
}

std::uint32_t CaptureCopy::frame_of(std::uint32_t frame) {
  const StackTree& tree = source_.stacks();
  if (frames_.size() < tree.frames.size()) frames_.resize(tree.frames.size());
  if (frames_[frame] != 0) return frames_[frame];
  const Frame& told = tree.frames[frame];
  if (told.kind == FrameKind::kPython) {
    return frames_[frame] = writer_.add_python_frame(symbol_of(told.symbols.front()));
  }
  return frames_[frame] = writer_.add_native_frame(module_of(told.module), told.offset);
}

std::uint32_t CaptureCopy::module_of(std::uint32_t module) {
  if (module == 0) return 0;
  if (modules_.size() <= module) modules_.resize(module + std::size_t{1});
  if (modules_[module] == 0) modules_[module] = writer_.add_module(source_.stacks().modules[module]);
  return modules_[module];
}

}  // namespace chunkmark::capture
