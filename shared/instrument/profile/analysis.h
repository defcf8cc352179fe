// Analysis: one pass over a process's events to the figures that Chunkmark shows.
//
// All peak figures are of the window: from the mark "begin" to the mark "end" after it, or the whole run where there
// are no such marks. The stacks alive at the peak are found in the same pass: a stack's live bytes are saved when it
// changes for the first time after the peak that was highest so far, so no second pass and no copy of all stacks is
// needed. Memory: the live blocks, and one row per stack that has events. Not thread-safe. Source: architecture.md,
// section 4.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "instrument/capture/event.h"
#include "instrument/profile/buffer_births.h"
#include "instrument/profile/buffer_lives.h"
#include "instrument/profile/live_heap.h"
#include "instrument/profile/series.h"

namespace chunkmark::profile {

// What one stack did within the window.
struct StackTotals {
  std::uint32_t stack = 0;                       // its node
  std::int64_t peak_bytes = 0, peak_blocks = 0;  // alive at the heap peak
  std::int64_t live_bytes = 0, live_blocks = 0;  // alive now; after the last event: at the end of the window
  std::int64_t bytes_at_begin = 0;               // alive when the window opened
  std::int64_t peak_shared_bytes = 0, live_shared_bytes = 0;  // of these, touched pages of shared memory
  std::int64_t peak_mapped_bytes = 0, live_mapped_bytes = 0;  // of these, mappings that count whole
  // Of the blocks of capture::kLargeBytes and more that were alive at the peak and whose pages were looked at: their
  // bytes, and what of them was touched by the end of the window, or of the block.
  std::uint64_t peak_large_bytes = 0, peak_large_touched_bytes = 0;
  std::uint64_t allocated_bytes = 0, allocations = 0;
  std::uint64_t copied_bytes = 0, copies = 0;  // copies of 4 KiB and more
  std::uint64_t transferred_bytes = 0, transfers = 0;
};

struct Totals {
  std::uint64_t allocations = 0;
  std::uint64_t peak_heap_bytes = 0;  // the allocation family by size, mappings by their touched pages
  std::uint64_t peak_time_ns = 0;
  std::uint64_t malloc_peak_bytes = 0;  // the allocation family alone
  std::uint64_t mapped_peak_bytes = 0;  // the allocation family and the whole size of mappings, touched or not
  std::uint64_t heap_at_begin_bytes = 0, malloc_at_begin_bytes = 0, mapped_at_begin_bytes = 0;
  std::uint64_t live_at_end_bytes = 0;
  std::uint64_t bytes_copied = 0;  // all calls of the memcpy family
  std::uint64_t copies = 0;
  std::uint64_t bytes_realloc_moved = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t anonymous_peak_bytes = 0, file_peak_bytes = 0;  // resident, sampled and at marks
  std::uint64_t file_at_begin_bytes = 0;                        // at the mark, or else the last sample before
  std::uint64_t begin_ns = 0, end_ns = 0;                       // of the window
};

// Anonymous memory that is resident in one place (a file's name, "[heap]", ...) beyond what events explain.
struct Unexplained {
  std::string name;  // may be empty
  std::uint64_t resident_bytes = 0;
  std::uint64_t explained_bytes = 0;
};

class Analysis {
 public:
  using Heap = LiveHeap<std::uint32_t>;  // a block's origin is its stack

  // Of moments with the same heap, which one is the peak: the first; or the last, after any event, as memray has it.
  enum class Tie { kFirst, kLast };
  // free_may_resize: see BufferBirths. has_copies: see BufferLives.
  explicit Analysis(Tie tie = Tie::kFirst, bool free_may_resize = false, bool has_copies = true)
      : tie_(tie), free_may_resize_(free_may_resize), buffers_(has_copies) {}

  void add(const capture::Event& event);
  void add(const capture::Mark& mark);
  void add(const capture::ResidentSample& sample);
  void add(const capture::HeapSample& sample);
  void add(const capture::MemoryMap& map);
  void add(const capture::ContentPrint& print) { buffers_.add(print); }
  // After the last event. small_copies and small_copy_bytes: the process's counters at its end.
  void finish(std::uint64_t small_copies, std::uint64_t small_copy_bytes);

  // Of several processes, the one with the highest rank is the one that matters.
  std::pair<bool, std::uint64_t> rank() const { return {has_window(), totals_.peak_heap_bytes}; }
  bool has_window() const { return window_ != Window::kNone; }
  // At the last memory map, which is told when resident memory has grown well beyond the heap: largest first.
  const std::vector<Unexplained>& unexplained() const { return unexplained_; }
  // False while "end" was not seen: the capture is cut off, or the program never came that far.
  bool window_ended() const { return window_ended_; }
  // Whether anything at all was seen.
  bool has_events() const { return has_window() || !stacks_.empty(); }
  // Samples are told late: those of a moment are all there once a later one is.
  bool sampled_beyond(std::uint64_t time_ns) const { return !samples_.empty() && samples_.back().time_ns > time_ns; }
  const Totals& totals() const { return totals_; }
  // Of the stacks that events have, as they came.
  const std::vector<StackTotals>& stacks() const { return stacks_; }
  // Of one stack; zeros if no event has it.
  StackTotals totals_of(std::uint32_t stack) const {
    const std::uint32_t row = stack < row_of_stack_.size() ? row_of_stack_[stack] : 0;
    return row == 0 ? StackTotals() : stacks_[row - 1];
  }
  const std::vector<capture::Mark>& marks() const { return marks_; }
  const BufferLives& buffers() const { return buffers_; }
  const BufferBirths& births() const { return births_; }
  const Series& heap() const { return heap_; }
  const Series& anonymous() const { return anonymous_; }
  const Series& file() const { return file_; }

 private:
  enum class Window { kNone, kOpen, kClosed };

  std::uint32_t row_of(std::uint32_t stack);  // its index in stacks_
  StackTotals& row(std::uint32_t stack) { return stacks_[row_of(stack)]; }
  void change(const Heap::Change& change);
  void note_peak(std::uint64_t time_ns);
  void settle(std::uint32_t row);
  void open_window(const capture::Mark& mark);
  void close_window(std::uint64_t time_ns, std::uint64_t small_copies, std::uint64_t small_copy_bytes);

  Tie tie_;
  bool free_may_resize_;
  bool heap_is_sampled_ = false;
  Window window_ = Window::kNone;
  bool window_ended_ = false;
  bool closed() const { return window_ == Window::kClosed; }

  void change_large(const Heap::Change& change, std::uint64_t address);
  void sum_large();

  // A block of capture::kLargeBytes or more. Alive at the peak if it was born before it; see dead_large_.
  struct Large {
    std::uint32_t stack;
    std::uint64_t bytes;
    std::uint64_t born;  // number of the event
    std::uint64_t touched_bytes = 0;
    bool looked_at = false;
  };

  Heap live_;
  std::vector<Unexplained> unexplained_;
  std::uint64_t number_ = 0, peak_event_ = 0;  // of events: this one, and the one that made the peak so far
  std::map<std::uint64_t, Large> large_;       // by address
  std::vector<Large> dead_large_;              // alive at the peak so far, ended since
  BufferLives buffers_;
  BufferBirths births_;
  std::uint64_t heap_bytes_ = 0, malloc_bytes_ = 0;
  std::uint64_t peak_number_ = 1;
  std::vector<std::uint32_t> row_of_stack_;  // by stack node: its row + 1; 0: it has none
  std::vector<StackTotals> stacks_;
  std::vector<std::uint64_t> settled_at_;  // by row: peak_number_ for which peak_* holds
  std::uint64_t small_copies_at_begin_ = 0, small_copy_bytes_at_begin_ = 0, realloc_moved_at_begin_ = 0;
  std::vector<capture::Mark> marks_;
  std::vector<capture::ResidentSample> samples_;
  Series heap_, anonymous_, file_;
  Totals totals_;
};

}  // namespace chunkmark::profile
