// ProcessDrain: reads one traced process's records and writes them into the capture.
//
// Turns return addresses into frames of modules, and stacks into nodes of one tree that all processes of the capture
// share (FrameTable), and finds out what of the process's memory is touched (TouchedMemory). Borrows the slot, its
// ring, the shared pages and the capture writer. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <vector>

#include "instrument/capture/capture_writer.h"
#include "native/trace/frame_table.h"
#include "native/trace/ring.h"
#include "native/trace/shared_pages.h"
#include "native/trace/tick_clock.h"
#include "native/trace/touched_memory.h"

namespace chunkmark::trace {

class ProcessDrain {
 public:
  ProcessDrain(Slot& slot, std::byte* ring, std::uint32_t process, FrameTable& frames, SharedPages& shared,
               capture::CaptureWriter& writer);

  // Reads every record that is complete now, and returns how many bytes they were.
  std::uint64_t drain(const TickClock& clock);

  // Looks at the process's pages if it is time to, or if one of its threads waits for that. Call after drain().
  void look_at_pages(const TickClock& clock);
  TouchedMemory& memory() { return memory_; }
  const TouchedMemory& memory() const { return memory_; }

  std::uint32_t process() const { return process_; }
  std::uint64_t events() const { return events_; }
  // The copies below the stack threshold so far, over all threads.
  capture::Mark counters(std::uint64_t time_ns) const;

 private:
  std::uint32_t node_of(const RecordHead& head) const {
    return head.stack < node_of_stack_.size() ? node_of_stack_[head.stack] : 0;
  }
  void read_record(const std::uint64_t* record, const RecordHead& head, const TickClock& clock);
  void read_stack(const std::uint64_t* record, const RecordHead& head);
  void read_python_frame(const std::uint64_t* record, const RecordHead& head);
  void read_module(const std::uint64_t* record, const RecordHead& head);
  void note_unexplained(std::uint64_t now_ns);
  void read_shared_map(const std::uint64_t* record, const RecordHead& head, const TickClock& clock);
  void read_fingerprint(const std::uint64_t* record, const RecordHead& head, const TickClock& clock);
  void read_mark(const std::uint64_t* record, const RecordHead& head, const TickClock& clock);

  struct Module {
    std::uint64_t base, begin, end;
    std::uint32_t number;
  };
  // A stack from its outermost frame on: at each native frame its word, the Python frames up to it, and its node.
  struct StackPath {
    struct Step {
      std::uint64_t native;
      std::size_t python;  // of `python` below, those up to this step
      std::uint32_t node;
    };
    std::vector<Step> steps;
    std::vector<std::uint64_t> python;
    void clear() {
      steps.clear();
      python.clear();
    }
  };
  const Module* module_of(std::uint64_t return_address) const;
  std::uint32_t frame_of(std::uint64_t return_address);

  Slot& slot_;
  std::byte* ring_;
  std::uint32_t process_;
  FrameTable& frames_;
  capture::CaptureWriter& writer_;
  TouchedMemory memory_;
  std::uint64_t next_check_ns_ = 0;    // of what no event explains
  std::uint64_t mapped_at_bytes_ = 0;  // resident anonymous memory when the memory map was told last
  std::uint64_t tail_ = 0;
  std::uint64_t events_ = 0;
  std::vector<Module> modules_;
  std::vector<std::uint32_t> node_of_stack_;
  std::vector<std::uint32_t> caller_of_stack_;  // the module that called the hook; 0 = not known
  std::vector<std::uint32_t> frame_of_python_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> frame_of_address_;
  StackPath last_stack_;  // most stacks begin as the one before
};

}  // namespace chunkmark::trace
