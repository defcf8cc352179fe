#include "instrument/profile/buffer_lives.h"

#include <algorithm>

#include "base/stable_sort.h"

namespace chunkmark::profile {

// Numbers are of the events that change buffers. A buffer that realloc failed to move ends all the same: what it holds
// is then not known.
void BufferLives::add(const capture::Event& event) {
  switch (event.kind) {
    case capture::EventKind::kAllocate:
    case capture::EventKind::kReallocAllocate:
    case capture::EventKind::kMap:
      if (event.bytes >= capture::kLargeBytes && event.address != 0) {
        add_buffer(event, false);
      } else if (has_copies_ && event.bytes >= Pieces::kMinBytes && event.address != 0 &&
                 event.kind != capture::EventKind::kMap) {
        pieces_.add(event, ++number_);
      }
      break;
    case capture::EventKind::kMapPages:
    case capture::EventKind::kMapShared:
      if (event.bytes >= capture::kLargeBytes) add_buffer(event, true);
      break;
    case capture::EventKind::kPages:
      if (const auto at = alive_.find(event.address); at != alive_.end()) {
        at->second.held_bytes = std::max(at->second.held_bytes, std::min(event.bytes, at->second.bytes));
      }
      break;
    case capture::EventKind::kFree:
    case capture::EventKind::kReallocFree:
      end_buffer(event.address);
      if (has_copies_) number_ += pieces_.end(event.address, number_ + 1) ? 1 : 0;
      break;
    case capture::EventKind::kCopy:
      copied(event);
      break;
    case capture::EventKind::kUnmap:
      if (event.address + event.bytes > event.address) unmap(event.address, event.address + event.bytes);
      break;
    default:
      break;
  }
}

void BufferLives::add_buffer(const capture::Event& event, bool by_pages) {
  end_buffer(event.address);  // its end was not seen
  LargeBuffer& buffer = alive_[event.address];
  buffer.bytes = event.bytes;
  buffer.held_bytes = by_pages ? 0 : event.bytes;
  buffer.stack = event.stack;
  buffer.born = ++number_;
}

void BufferLives::end_buffer(std::uint64_t address) {
  const auto at = alive_.find(address);
  if (at == alive_.end()) return;
  at->second.ended = ++number_;
  if (is_at_peak(at->second)) ended_.push_back(std::move(at->second));
  alive_.erase(at);
  if (ended_.size() < sweep_at_) return;
  std::erase_if(ended_, [this](const LargeBuffer& buffer) { return !is_at_peak(buffer); });
  sweep_at_ = 2 * ended_.size() + 1024;
}

// The large buffer that has these bytes, by the number of its birth; 0 if none has.
std::uint64_t BufferLives::buffer_around(std::uint64_t address, std::uint64_t bytes) const {
  auto at = alive_.upper_bound(address);
  if (at == alive_.begin()) return 0;
  --at;
  const std::uint64_t offset = address - at->first;
  return offset < at->second.bytes && bytes <= at->second.bytes - offset ? at->second.born : 0;
}

void BufferLives::copied(const capture::Event& event) {
  if (event.source == 0) return;
  const std::uint64_t to = buffer_around(event.address, event.bytes), from = buffer_around(event.source, event.bytes);
  if (to == 0 && from == 0) {
    pieces_.passed_on(event);
  } else if (from == 0) {
    pieces_.gathered(event, to);
  } else if (to == 0) {
    pieces_.cut(event, from);
  }
}

void BufferLives::unmap(std::uint64_t begin, std::uint64_t end) {
  auto at = alive_.lower_bound(begin);
  if (at != alive_.begin() && std::prev(at)->first + std::prev(at)->second.bytes > begin) --at;
  while (at != alive_.end() && at->first < end) end_buffer(at++->first);
}

void BufferLives::add(const capture::ContentPrint& print) {
  constexpr std::size_t kMaxRanges = 64;  // of one buffer
  has_prints_ = true;
  auto at = alive_.upper_bound(print.address);
  if (at == alive_.begin()) return;
  LargeBuffer& buffer = (--at)->second;
  const std::uint64_t offset = print.address - at->first;
  if (offset == 0 && print.bytes == buffer.bytes) {
    add_to(buffer.prints, print);
  } else if (offset < buffer.bytes && print.bytes <= buffer.bytes - offset &&
             (buffer.ranges.size() < kMaxRanges || buffer.ranges.contains({offset, print.bytes}))) {
    add_to(buffer.ranges[{offset, print.bytes}], print);
  }
}

void BufferLives::add_to(LargeBuffer::Prints& prints, const capture::ContentPrint& print) {
  prints.push_back({number_, print.bytes, print.samples});
  drop_older(prints);
  // Of those after the peak the first tells of this peak, the newest of a higher one.
  if (prints.size() > 2 && prints[prints.size() - 3].number >= peak_) prints.erase(prints.end() - 2);
}

// Of those before the peak the last counts.
void BufferLives::drop_older(LargeBuffer::Prints& prints) const {
  while (prints.size() > 1 && prints[1].number < peak_) prints.erase(prints.begin());
}

void BufferLives::keep_those_of_peak(LargeBuffer::Prints& prints) const {
  drop_older(prints);
  const auto is_after = [this](const LargeBuffer::Print& of) { return of.number >= peak_; };
  const auto first = std::find_if(prints.begin(), prints.end(), is_after);
  if (first != prints.end()) prints.erase(first + 1, prints.end());
}

void BufferLives::open_window() {
  for (auto& [address, buffer] : alive_) buffer.before_window = true;
  pieces_.open_window(number_);
}

std::vector<LargeBuffer> BufferLives::at_peak() const {
  std::vector<LargeBuffer> found;
  for (const LargeBuffer& buffer : ended_) {
    if (is_at_peak(buffer)) found.push_back(buffer);
  }
  for (const auto& [address, buffer] : alive_) {
    if (is_at_peak(buffer)) found.push_back(buffer);
  }
  sort_stably(found, [](const LargeBuffer& a, const LargeBuffer& b) { return a.born < b.born; });
  for (LargeBuffer& buffer : found) {
    keep_those_of_peak(buffer.prints);
    for (auto& [range, prints] : buffer.ranges) keep_those_of_peak(prints);
  }
  return found;
}

}  // namespace chunkmark::profile
