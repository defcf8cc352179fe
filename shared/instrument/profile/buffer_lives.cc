#include "instrument/profile/buffer_lives.h"

#include <algorithm>

namespace chunkmark::profile {

// Numbers are of the events that change buffers. A buffer that realloc failed to move ends all the same: what it holds
// is then not known.
void BufferLives::add(const capture::Event& event) {
  switch (event.kind) {
    case capture::EventKind::kAllocate:
    case capture::EventKind::kReallocAllocate:
    case capture::EventKind::kMap:
      if (event.bytes >= kLargeBufferBytes && event.address != 0) add_buffer(event);
      break;
    case capture::EventKind::kFree:
    case capture::EventKind::kReallocFree:
      end_buffer(event.address);
      break;
    case capture::EventKind::kUnmap:
      if (event.address + event.bytes > event.address) unmap(event.address, event.address + event.bytes);
      break;
    default:
      break;
  }
}

void BufferLives::add_buffer(const capture::Event& event) {
  end_buffer(event.address);  // its end was not seen
  LargeBuffer& buffer = alive_[event.address];
  buffer.bytes = event.bytes;
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

void BufferLives::unmap(std::uint64_t begin, std::uint64_t end) {
  auto at = alive_.lower_bound(begin);
  if (at != alive_.begin() && std::prev(at)->first + std::prev(at)->second.bytes > begin) --at;
  while (at != alive_.end() && at->first < end) end_buffer(at++->first);
}

void BufferLives::add(const capture::ContentPrint& print) {
  has_prints_ = true;
  const auto at = alive_.find(print.address);
  if (at == alive_.end()) return;
  std::vector<LargeBuffer::Print>& prints = at->second.prints;
  prints.push_back({number_, print.bytes, print.samples});
  drop_older(prints);
  // Of those after the peak the first tells of this peak, the newest of a higher one.
  if (prints.size() > 2 && prints[prints.size() - 3].number >= peak_) prints.erase(prints.end() - 2);
}

// Of those before the peak the last counts.
void BufferLives::drop_older(std::vector<LargeBuffer::Print>& prints) const {
  while (prints.size() > 1 && prints[1].number < peak_) prints.erase(prints.begin());
}

void BufferLives::open_window() {
  for (auto& [address, buffer] : alive_) buffer.before_window = true;
}

std::vector<LargeBuffer> BufferLives::at_peak() const {
  std::vector<LargeBuffer> found;
  for (const LargeBuffer& buffer : ended_) {
    if (is_at_peak(buffer)) found.push_back(buffer);
  }
  for (const auto& [address, buffer] : alive_) {
    if (is_at_peak(buffer)) found.push_back(buffer);
  }
  std::sort(found.begin(), found.end(), [](const LargeBuffer& a, const LargeBuffer& b) { return a.born < b.born; });
  for (LargeBuffer& buffer : found) {
    drop_older(buffer.prints);
    const auto is_after = [this](const LargeBuffer::Print& of) { return of.number >= peak_; };
    const auto first = std::find_if(buffer.prints.begin(), buffer.prints.end(), is_after);
    if (first != buffer.prints.end()) buffer.prints.erase(first + 1, buffer.prints.end());
  }
  return found;
}

}  // namespace chunkmark::profile
