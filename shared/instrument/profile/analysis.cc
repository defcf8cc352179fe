#include "instrument/profile/analysis.h"

#include <algorithm>

#include "base/stable_sort.h"

namespace chunkmark::profile {

std::uint32_t Analysis::row_of(std::uint32_t stack) {
  if (stack >= row_of_stack_.size()) row_of_stack_.resize(stack + std::size_t{1});
  std::uint32_t& row = row_of_stack_[stack];
  if (row == 0) {
    stacks_.emplace_back().stack = stack;
    settled_at_.push_back(0);
    row = static_cast<std::uint32_t>(stacks_.size());
  }
  return row - 1;
}

// What each stack had alive at the heap peak, without a copy of all stacks at every new peak (in a growing program each
// allocation is one) and without a second pass.
//
// Peaks so far are numbered. A stack's row says for which peak its peak_* columns hold; before the row changes, they
// are brought up to date from live_*. That is right since a row whose number is not the newest has not changed since
// that peak came: the first change after it would have settled the row. What it has alive now it had alive then. Rows
// that never change again are settled when the window closes. Each change costs one comparison of numbers.
void Analysis::settle(std::uint32_t row) {
  StackTotals& totals = stacks_[row];
  if (settled_at_[row] == peak_number_) return;
  settled_at_[row] = peak_number_;
  totals.peak_bytes = totals.live_bytes;
  totals.peak_blocks = totals.live_blocks;
  totals.peak_shared_bytes = totals.live_shared_bytes;
  totals.peak_mapped_bytes = totals.live_mapped_bytes;
}

// The bytes that a hostile file tells of may have a sum that no number holds: it wraps.
static void add_to(std::int64_t& sum, std::int64_t bytes) {
  sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(bytes));
}

void Analysis::change(const Heap::Change& change) {
  const std::uint32_t row = row_of(change.origin);
  settle(row);
  StackTotals& totals = stacks_[row];
  add_to(totals.live_bytes, change.bytes);
  totals.live_blocks += change.blocks;
  heap_bytes_ += static_cast<std::uint64_t>(change.bytes);
  if (change.source == HeapSource::kBlock) malloc_bytes_ += static_cast<std::uint64_t>(change.bytes);
  if (change.source == HeapSource::kShared) add_to(totals.live_shared_bytes, change.bytes);
  if (change.source == HeapSource::kMapping) add_to(totals.live_mapped_bytes, change.bytes);
}

void Analysis::change_large(const Heap::Change& change, std::uint64_t address) {
  if (change.source != HeapSource::kBlock) return;
  if (change.bytes >= static_cast<std::int64_t>(capture::kLargeBytes)) {
    large_[address] = {change.origin, static_cast<std::uint64_t>(change.bytes), number_};
  } else if (change.bytes <= -static_cast<std::int64_t>(capture::kLargeBytes)) {
    const auto at = large_.find(address);
    if (at == large_.end()) return;
    if (at->second.born <= peak_event_) dead_large_.push_back(at->second);
    large_.erase(at);
  }
}

// Of what was alive at the peak: the blocks that ended since, and those that still live.
void Analysis::sum_large() {
  const auto add = [this](const Large& large) {
    if (!large.looked_at) return;
    StackTotals& totals = row(large.stack);
    totals.peak_large_bytes += large.bytes;
    totals.peak_large_touched_bytes += large.touched_bytes;
  };
  for (const Large& large : dead_large_) add(large);
  for (const auto& [address, large] : large_) {
    if (large.born <= peak_event_) add(large);
  }
}

// After an event that can raise the heap, and once its stack's row is changed: so the row counts what made the peak.
void Analysis::note_peak(std::uint64_t time_ns) {
  totals_.malloc_peak_bytes = std::max(totals_.malloc_peak_bytes, malloc_bytes_);
  totals_.mapped_peak_bytes = std::max(totals_.mapped_peak_bytes, heap_bytes_ + live_.untouched_bytes());
  if (heap_bytes_ < totals_.peak_heap_bytes) return;
  if (heap_bytes_ == totals_.peak_heap_bytes && tie_ == Tie::kFirst) return;
  totals_.peak_heap_bytes = heap_bytes_;
  totals_.peak_time_ns = time_ns;
  ++peak_number_;
  peak_event_ = number_;
  dead_large_.clear();
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
  ++number_;
  switch (event.kind) {
    case capture::EventKind::kCopy: {
      StackTotals& totals = row(event.stack);
      totals.copied_bytes += event.bytes;
      totals.copies += event.count;
      totals_.bytes_copied += event.bytes;
      totals_.copies += event.count;
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
  live_.apply(event, event.stack, [this, &event](const Heap::Change& made) {
    change(made);
    change_large(made, event.address);
    if (made.source == HeapSource::kBlock && made.bytes < 0) {
      births_.ended(event, made.origin, -static_cast<std::uint64_t>(made.bytes));
    }
  });
  births_.add(event, free_may_resize_);
  if (event.kind == capture::EventKind::kPages) {
    if (const auto block = large_.find(event.address); block != large_.end()) {
      block->second.touched_bytes = event.bytes;
      block->second.looked_at = true;
    }
    note_peak(event.time_ns);
  }
  const bool by_pages = event.kind == capture::EventKind::kMapPages || event.kind == capture::EventKind::kMapShared;
  const bool born = event.kind == capture::EventKind::kAllocate || event.kind == capture::EventKind::kMap || by_pages ||
                    (event.kind == capture::EventKind::kReallocAllocate && event.address != 0);
  if (born) {
    StackTotals& totals = row(event.stack);
    totals.allocated_bytes += by_pages ? 0 : event.bytes;
    totals.allocations += event.count;
    totals_.allocations += event.count;
  }
  if (born || tie_ == Tie::kLast) note_peak(event.time_ns);
  if (!heap_is_sampled_) heap_.add(event.time_ns, heap_bytes_);
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
  dead_large_.clear();
  totals_ = Totals();
  totals_.begin_ns = totals_.end_ns = mark.time_ns;
  totals_.heap_at_begin_bytes = heap_bytes_;
  totals_.malloc_at_begin_bytes = malloc_bytes_;
  totals_.mapped_at_begin_bytes = heap_bytes_ + live_.untouched_bytes();
  small_copies_at_begin_ = mark.small_copies;
  small_copy_bytes_at_begin_ = mark.small_copy_bytes;
  realloc_moved_at_begin_ = live_.realloc_moved_bytes();
  buffers_.open_window();
  births_.open_window();
  for (StackTotals& totals : stacks_) {
    StackTotals fresh;
    fresh.stack = totals.stack;
    fresh.live_bytes = fresh.bytes_at_begin = totals.live_bytes;
    fresh.live_blocks = totals.live_blocks;
    fresh.live_shared_bytes = totals.live_shared_bytes;
    fresh.live_mapped_bytes = totals.live_mapped_bytes;
    totals = fresh;
  }
  note_peak(mark.time_ns);
}

void Analysis::close_window(std::uint64_t time_ns, std::uint64_t small_copies, std::uint64_t small_copy_bytes) {
  for (std::uint32_t row = 0; row < stacks_.size(); ++row) settle(row);
  sum_large();
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

void Analysis::add(const capture::HeapSample& sample) {
  heap_is_sampled_ = true;
  heap_.add(sample.time_ns, sample.bytes);
}

void Analysis::add(const capture::MemoryMap& map) {
  if (closed()) return;
  // The live blocks and mappings by address, each in the range that it begins in.
  std::vector<std::pair<std::uint64_t, std::size_t>> ranges;
  ranges.reserve(map.ranges.size());
  for (std::size_t i = 0; i < map.ranges.size(); ++i) ranges.emplace_back(map.ranges[i].begin, i);
  sort_stably(ranges, std::less<>());
  std::vector<std::uint64_t> explained(map.ranges.size());
  live_.for_each_place([&](std::uint64_t address, std::uint64_t bytes) {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), std::pair(address, map.ranges.size()));
    if (after == ranges.begin()) return;
    const std::size_t i = std::prev(after)->second;
    if (address < map.ranges[i].end) explained[i] += std::min(bytes, map.ranges[i].end - map.ranges[i].begin);
  });
  std::map<std::string, Unexplained> by_name;
  for (std::size_t i = 0; i < map.ranges.size(); ++i) {
    const capture::MappedRange& range = map.ranges[i];
    Unexplained& place = by_name[range.name];
    place.name = range.name;
    place.resident_bytes += range.anonymous_bytes;
    place.explained_bytes += std::min(explained[i], range.anonymous_bytes);
  }
  unexplained_.clear();
  for (auto& [name, place] : by_name) {
    if (place.resident_bytes - place.explained_bytes >= capture::kLargeBytes) unexplained_.push_back(std::move(place));
  }
  sort_stably(unexplained_, [](const Unexplained& a, const Unexplained& b) {
    const std::uint64_t of_a = a.resident_bytes - a.explained_bytes, of_b = b.resident_bytes - b.explained_bytes;
    return of_a != of_b ? of_a > of_b : a.name < b.name;
  });
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
