// MemrayStacks: rebuilds the call stacks of a memray capture from what its records say of threads, code and images.
//
// Python frames are complete in such a file. Native frames are addresses, which become "module+offset"; names can only
// be looked up on the machine of the capture. So the two cannot be woven together as memray does with names: below the
// Python frames stand those native frames that are newer than the last one of the interpreter. Borrows the tree.
// Errors: kCorrupt by way of `reader`, which stands where the record does. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "instrument/capture/event_source.h"
#include "instrument/import/memray_header.h"
#include "instrument/import/stack_builder.h"

namespace chunkmark::imports {

class MemrayStacks {
 public:
  MemrayStacks(const MemrayHeader& header, const StreamReader& reader, capture::StackTree& tree);

  // Threads: what follows belongs to the one that was switched to last.
  void switch_thread(std::uint64_t tid);
  std::uint32_t thread_of(std::uint64_t tid);  // small index, 0 = the main thread
  std::uint32_t thread() const { return thread_; }

  // Definitions.
  void add_code(std::uint64_t id, std::string_view function, std::string_view file, std::int64_t first_line,
                std::vector<std::byte> lines);
  void add_frame(std::uint64_t id, std::string_view function, std::string_view file, std::int64_t line);
  void name_frame(std::uint64_t id, std::uint32_t frame);
  void add_native_frame(std::uint64_t address, std::uint64_t parent);
  void begin_images();
  void add_image(std::string_view path, std::uint64_t begin, std::uint64_t end, std::uint64_t base);

  // All that were told, by index.
  std::vector<capture::LoadedModule> modules() const;

  // Python's stack of the current thread. Frames by id, or by code object and instruction.
  std::uint32_t frame(std::uint64_t id) const;
  std::uint32_t frame(std::uint64_t code, std::int64_t instruction);
  void push(std::uint64_t id) {
    push(id, 0, [this, id] { return frame(id); });
  }
  void push(std::uint64_t code, std::int64_t instruction) {
    push(code, instruction, [this, code, instruction] { return frame(code, instruction); });
  }
  void pop(std::uint64_t count);

  // Of an aggregated capture: the tree of Python's stacks, numbered from 1 as they come.
  void add_trace(std::uint32_t frame, std::uint64_t parent);
  std::uint32_t trace_node(std::uint64_t index, std::uint64_t tid);

  // The node of the current stack, or of `python`, with the native frames of this number below; 0: none.
  std::uint32_t stack(std::uint64_t native);
  std::uint32_t stack(std::uint32_t python, std::uint64_t native, std::uint64_t generation);

 private:
  struct Code {
    std::uint32_t function, file;
    std::int64_t first_line;
    std::vector<std::byte> lines;
  };
  struct NativeFrame {
    std::uint64_t address, parent;
  };
  struct Image {
    std::uint64_t begin, end, base;
    std::uint32_t module;
    bool is_interpreter;
  };
  struct Thread {
    std::uint32_t index;
    std::vector<std::uint32_t> nodes;  // of its Python frames, outermost first
  };
  struct Images {
    std::vector<Image> list;
    bool sorted = false;
    const Image* find(std::uint64_t address);
  };
  // A call of late. Programs make the same ones again and again: most need neither a frame nor a node looked up.
  struct Call {
    std::uint64_t id = 0;  // of the frame, or of its code object
    std::int64_t instruction = 0;
    std::uint32_t parent = 0, node = 0;  // node 0: none
  };
  static constexpr std::size_t kRecentCalls = 1 << 13;

  template <typename FrameOf>
  void push(std::uint64_t id, std::int64_t instruction, FrameOf&& frame_of);
  Thread& enter(std::uint64_t tid);

  const MemrayHeader& header_;
  const StreamReader& reader_;
  StackBuilder builder_;
  boost::unordered_flat_map<std::uint64_t, Code> codes_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> frames_;                            // by id
  boost::unordered_flat_map<std::pair<std::uint64_t, std::int64_t>, std::uint32_t> by_code_;  // code, instruction
  std::vector<Call> recent_calls_ = std::vector<Call>(kRecentCalls);                          // by a hash
  std::vector<NativeFrame> native_frames_;
  std::map<std::uint32_t, std::set<std::pair<std::uint64_t, std::uint64_t>>> segments_;  // by module
  std::vector<Images> images_;  // by generation; of captures of all allocations only the last is needed
  std::vector<std::uint32_t> trace_nodes_{0}, trace_depths_{0};
  std::map<std::uint64_t, Thread> threads_;
  Thread* current_ = nullptr;
  std::uint64_t current_tid_ = 0;
  std::uint32_t thread_ = 0, next_thread_ = 1;
  boost::unordered_flat_map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> hybrids_;  // of one generation
  std::uint64_t hybrids_generation_ = 0;
};

template <typename FrameOf>
void MemrayStacks::push(std::uint64_t id, std::int64_t instruction, FrameOf&& frame_of) {
  if (current_ == nullptr) reader_.fail("the thread of a call", "a call");
  std::vector<std::uint32_t>& nodes = current_->nodes;
  if (nodes.size() < header_.skipped_frames && current_tid_ == header_.main_tid) {
    frame_of();  // it must be known all the same
    return nodes.push_back(0);
  }
  const std::uint32_t parent = nodes.empty() ? 0 : nodes.back();
  const std::uint64_t hash =
      (id ^ static_cast<std::uint64_t>(instruction) << 40 ^ std::uint64_t{parent} << 20) * 0x9e3779b97f4a7c15u;
  Call& recent = recent_calls_[static_cast<std::size_t>(hash >> 51)];
  static_assert(kRecentCalls == std::size_t{1} << (64 - 51));
  if (recent.node == 0 || recent.id != id || recent.instruction != instruction || recent.parent != parent) {
    recent = {id, instruction, parent, builder_.node(parent, frame_of())};
  }
  nodes.push_back(recent.node);
}

}  // namespace chunkmark::imports
