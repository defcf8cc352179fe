#include "instrument/profile/analysis.h"

#include <algorithm>

namespace chunkmark::profile {

StackTotals& Analysis::row(std::uint32_t stack) {
  if (stack >= stacks_.size()) {
    stacks_.resize(stack + std::size_t{1});
    settled_at_.resize(stack + std::size_t{1});
  }
  return stacks_[stack];
}

// What each stack had alive at the heap peak, without a copy of all stacks at every new peak (in a growing program each
// allocation is one) and without a second pass.
//
// Peaks so far are numbered. A stack's row says for which peak its peak_* columns hold; before the row changes, they
// are brought up to date from live_*. That is right since a row whose number is not the newest has not changed since
// that peak came: the first change after it would have settled the row. What it has alive now it had alive then. Rows
// that never change again are settled when the window closes. Each change costs one comparison of numbers.
void Analysis::settle(std::uint32_t stack) {
  StackTotals& totals = row(stack);
  if (settled_at_[stack] == peak_number_) return;
  settled_at_[stack] = peak_number_;
  totals.peak_bytes = totals.live_bytes;
  totals.peak_blocks = totals.live_blocks;
}

void Analysis::change(const Heap::Change& change) {
  settle(change.origin);
  StackTotals& totals = row(change.origin);
  totals.live_bytes += change.bytes;
  totals.live_blocks += change.blocks;
  heap_bytes_ += static_cast<std::uint64_t>(change.bytes);
  if (change.source == HeapSource::kBlock) malloc_bytes_ += static_cast<std::uint64_t>(change.bytes);
}

// After an event that can raise the heap, and once its stack's row is changed: so the row counts what made the peak.
void Analysis::note_peak(std::uint64_t time_ns) {
  totals_.malloc_peak_bytes = std::max(totals_.malloc_peak_bytes, malloc_bytes_);
  if (heap_bytes_ <= totals_.peak_heap_bytes) return;
  totals_.peak_heap_bytes = heap_bytes_;
  totals_.peak_time_ns = time_ns;
  ++peak_number_;
  buffers_.note_peak();
}

void Analysis::add(const capture::Event& event) {
  buffers_.add(event);
  if (closed()) {  // after the window only the timeline goes on
    live_.apply(event, event.stack,
                [this](const Heap::Change& change) { heap_bytes_ += static_cast<std::uint64_t>(change.bytes); });
    heap_.add(event.time_ns, heap_bytes_);
    return;
  }
  totals_.end_ns = std::max(totals_.end_ns, event.time_ns);
  switch (event.kind) {
    case capture::EventKind::kCopy: {
      StackTotals& totals = row(event.stack);
      totals.copied_bytes += event.bytes;
      ++totals.copies;
      totals_.bytes_copied += event.bytes;
      ++totals_.copies;
      return;
    }
    case capture::EventKind::kTransferIn:
    case capture::EventKind::kTransferOut: {
      StackTotals& totals = row(event.stack);
      totals.transferred_bytes += event.bytes;
      ++totals.transfers;
      (event.kind == capture::EventKind::kTransferIn ? totals_.bytes_in : totals_.bytes_out) += event.bytes;
      return;
    }
    default:
      break;
  }
  live_.apply(event, event.stack, [this](const Heap::Change& made) { change(made); });
  const bool born = event.kind == capture::EventKind::kAllocate || event.kind == capture::EventKind::kMap ||
                    (event.kind == capture::EventKind::kReallocAllocate && event.address != 0);
  if (born) {
    StackTotals& totals = row(event.stack);
    totals.allocated_bytes += event.bytes;
    ++totals.allocations;
    ++totals_.allocations;
    note_peak(event.time_ns);
  }
  heap_.add(event.time_ns, heap_bytes_);
}

void Analysis::add(const capture::Mark& mark) {
  marks_.push_back(mark);
  if (mark.name == "begin" && window_ == Window::kNone) open_window(mark);
  if (mark.name == "end" && window_ == Window::kOpen) {
    window_ended_ = true;
    close_window(mark.time_ns, mark.small_copies, mark.small_copy_bytes);
  }
}

void Analysis::open_window(const capture::Mark& mark) {
  window_ = Window::kOpen;
  totals_ = Totals();
  totals_.begin_ns = totals_.end_ns = mark.time_ns;
  totals_.heap_at_begin_bytes = heap_bytes_;
  totals_.malloc_at_begin_bytes = malloc_bytes_;
  small_copies_at_begin_ = mark.small_copies;
  small_copy_bytes_at_begin_ = mark.small_copy_bytes;
  realloc_moved_at_begin_ = live_.realloc_moved_bytes();
  bytes_at_begin_.clear();
  buffers_.open_window();
  for (StackTotals& totals : stacks_) {
    const std::int64_t bytes = totals.live_bytes, blocks = totals.live_blocks;
    totals = StackTotals();
    totals.live_bytes = bytes;
    totals.live_blocks = blocks;
    bytes_at_begin_.push_back(bytes);
  }
  note_peak(mark.time_ns);
}

void Analysis::close_window(std::uint64_t time_ns, std::uint64_t small_copies, std::uint64_t small_copy_bytes) {
  for (std::uint32_t stack = 0; stack < stacks_.size(); ++stack) settle(stack);
  window_ = Window::kClosed;
  totals_.end_ns = std::max(totals_.end_ns, time_ns);
  totals_.live_at_end_bytes = heap_bytes_;
  totals_.bytes_realloc_moved = live_.realloc_moved_bytes() - realloc_moved_at_begin_;
  totals_.copies += small_copies - std::min(small_copies, small_copies_at_begin_);
  totals_.bytes_copied += small_copy_bytes - std::min(small_copy_bytes, small_copy_bytes_at_begin_);
}

void Analysis::add(const capture::ResidentSample& sample) {
  anonymous_.add(sample.time_ns, sample.anonymous_bytes);
  file_.add(sample.time_ns, sample.file_bytes);
  samples_.push_back(sample);
}

void Analysis::finish(std::uint64_t small_copies, std::uint64_t small_copy_bytes) {
  if (!closed()) {
    const bool had_window = has_window();
    close_window(totals_.end_ns, small_copies, small_copy_bytes);
    if (!had_window) window_ = Window::kNone;
  }
  // Samples are taken by another thread and told late, so the window is applied to them now.
  for (const capture::ResidentSample& sample : samples_) {
    if (has_window() && sample.time_ns < totals_.begin_ns) totals_.file_at_begin_bytes = sample.file_bytes;
    if (has_window() && (sample.time_ns < totals_.begin_ns || sample.time_ns > totals_.end_ns)) continue;
    totals_.anonymous_peak_bytes = std::max(totals_.anonymous_peak_bytes, sample.anonymous_bytes);
    totals_.file_peak_bytes = std::max(totals_.file_peak_bytes, sample.file_bytes);
  }
  for (const capture::Mark& mark : marks_) {
    if (!mark.knows_resident()) continue;
    if (has_window() && (mark.time_ns < totals_.begin_ns || mark.time_ns > totals_.end_ns)) continue;
    if (has_window() && mark.time_ns == totals_.begin_ns) totals_.file_at_begin_bytes = mark.file_bytes;
    totals_.anonymous_peak_bytes = std::max(totals_.anonymous_peak_bytes, mark.anonymous_bytes);
    totals_.file_peak_bytes = std::max(totals_.file_peak_bytes, mark.file_bytes);
  }
}

}  // namespace chunkmark::profile
