#include "instrument/import/to_capture.h"

#include "base/error.h"
#include "instrument/capture/origin.h"

namespace chunkmark::imports {
namespace {

[[noreturn]] void refuse_sums() {
  throw Error(ErrorCode::kUnsupported,
              "this file tells sums of many blocks, which a capture has no room for: expected one that lists every "
              "allocation (inspect, report, compare and export read it as it is)");
}

// A file that does not know how many allocations there were, or when, tells sums, even where each is of one block.
bool lists_events(const json::object& meta) {
  for (const json::value& name : meta.at("origin").at("unknown").as_array()) {
    const std::string_view text = name.as_string();
    if (text == capture::kTellsAllocations || text == capture::kTellsTimes) return false;
  }
  return true;
}

class Rewriter final : public capture::CaptureVisitor {
 public:
  Rewriter(const capture::EventSource& source, const capture::CaptureWriter::Append& append)
      : source_(source), writer_(append, source.meta()) {}

  void on_events(std::uint32_t process, std::span<const capture::Event> events) override {
    add_processes();
    for (capture::Event event : events) {
      if (event.count != 1) refuse_sums();
      event.stack = node_of(event.stack);
      writer_.add_event(process, event);
    }
  }
  void on_mark(std::uint32_t process, const capture::Mark& mark) override { writer_.add_mark(process, mark); }
  void on_sample(std::uint32_t process, const capture::ResidentSample& sample) override {
    writer_.add_sample(process, sample);
  }
  void on_heap(std::uint32_t, const capture::HeapSample&) override { refuse_sums(); }

  void finish() {
    add_processes();
    std::vector<std::pair<std::uint32_t, std::vector<capture::Symbol>>> named;
    const capture::StackTree& tree = source_.stacks();
    for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
      const capture::Frame& told = tree.frames[frame];
      if (frames_[frame] == 0 || told.kind != capture::FrameKind::kNative || told.symbols.empty()) continue;
      named.emplace_back(frames_[frame], std::vector<capture::Symbol>());
      for (const capture::SymbolRef& symbol : told.symbols) named.back().second.push_back(symbol_of(symbol));
    }
    writer_.add_symbols(named);
    if (source_.complete()) {
      writer_.finish(source_.end());
    } else {
      writer_.flush();
    }
  }

 private:
  void add_processes() {
    for (; processes_ < source_.processes().size(); ++processes_) {
      const capture::Process& process = source_.processes()[processes_];
      writer_.add_process(processes_, process.pid, process.parent_plus_one, process.command);
    }
  }

  capture::Symbol symbol_of(const capture::SymbolRef& symbol) const {
    const std::vector<std::string>& strings = source_.stacks().strings;
    return {strings[symbol.function], strings[symbol.file], symbol.line};
  }

  // The number of a node in the capture, made with its callers if need be.
  std::uint32_t node_of(std::uint32_t node) {
    const capture::StackTree& tree = source_.stacks();
    if (nodes_.size() < tree.nodes.size()) nodes_.resize(tree.nodes.size());
    std::vector<std::uint32_t> path;
    for (; node != 0 && nodes_[node] == 0; node = tree.nodes[node].parent) path.push_back(node);
    std::uint32_t made = node == 0 ? 0 : nodes_[node];
    for (; !path.empty(); path.pop_back()) {
      made = nodes_[path.back()] = writer_.add_node(made, frame_of(tree.nodes[path.back()].frame));
    }
    return made;
  }

  std::uint32_t frame_of(std::uint32_t frame) {
    const capture::StackTree& tree = source_.stacks();
    if (frames_.size() < tree.frames.size()) frames_.resize(tree.frames.size());
    if (frames_[frame] != 0) return frames_[frame];
    const capture::Frame& told = tree.frames[frame];
    if (told.kind == capture::FrameKind::kPython) {
      return frames_[frame] = writer_.add_python_frame(symbol_of(told.symbols.front()));
    }
    return frames_[frame] = writer_.add_native_frame(module_of(told.module), told.offset);
  }

  std::uint32_t module_of(std::uint32_t module) {
    if (module == 0) return 0;
    if (modules_.size() <= module) modules_.resize(module + std::size_t{1});
    if (modules_[module] == 0) modules_[module] = writer_.add_module(source_.stacks().modules[module]);
    return modules_[module];
  }

  const capture::EventSource& source_;
  capture::CaptureWriter writer_;
  std::uint32_t processes_ = 0;
  std::vector<std::uint32_t> nodes_, frames_, modules_;  // by number in the source: that in the capture; 0: none yet
};

}  // namespace

void write_capture(capture::EventSource& source, const capture::CaptureWriter::Append& append) {
  if (!source.meta().contains("origin")) {
    throw Error(ErrorCode::kInvalidArgument, "this is a capture already: expected another tool's file");
  }
  if (!lists_events(source.meta())) refuse_sums();
  Rewriter rewriter(source, append);
  source.read(rewriter);
  rewriter.finish();
}

}  // namespace chunkmark::imports
