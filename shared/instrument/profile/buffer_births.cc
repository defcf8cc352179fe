#include "instrument/profile/buffer_births.h"

#include <algorithm>

#include "base/stable_sort.h"

namespace chunkmark::profile {
namespace {

using capture::EventKind;

constexpr std::uint64_t kMinGrownBytes = 1 << 16;  // smaller buffers grow in every program
constexpr std::size_t kMaxRows = 1 << 16;
constexpr std::uint32_t kMaxThreads = 1 << 16;

bool ends(EventKind kind) {
  return kind == EventKind::kFree || kind == EventKind::kReallocFree;
}

bool begins(const capture::Event& event) {
  return event.kind == EventKind::kAllocate || (event.kind == EventKind::kReallocAllocate && event.address != 0);
}

}  // namespace

void BufferBirths::ended(const capture::Event& event, std::uint32_t stack, std::uint64_t bytes) {
  if (!ends(event.kind) || event.thread >= kMaxThreads) return;
  if (event.thread >= ended_.size()) ended_.resize(event.thread + std::size_t{1});
  ended_[event.thread] = {event.address, bytes};
  if (bytes < capture::kLargeBytes || (sums_.size() >= kMaxRows && sums_.count(stack) == 0)) return;
  sums_[stack] = {event.time_ns, bytes};
}

void BufferBirths::add(const capture::Event& event, bool free_may_resize) {
  if (ends(event.kind)) return;  // ended() has it
  Ended from;
  if (event.thread < ended_.size()) std::swap(from, ended_[event.thread]);
  if (!begins(event)) return;
  const bool resized = from.bytes > 0 && (event.kind == EventKind::kReallocAllocate || free_may_resize);
  if (resized) {
    grow(event, from);
  } else if (!growing_.empty()) {
    growing_.erase(event.address);
  }
  if (event.bytes < capture::kLargeBytes || born_.size() >= kMaxRows) return;
  std::uint64_t before = resized ? from.bytes : 0;
  if (const auto sum = sums_.find(event.stack); free_may_resize && sum != sums_.end()) {
    if (sum->second.time_ns == event.time_ns) before = std::max(before, sum->second.bytes);
  }
  ++born_[{event.stack, {event.bytes, before}}];
}

void BufferBirths::grow(const capture::Event& event, const Ended& from) {
  Growth growth;
  if (const auto at = growing_.find(from.address); at != growing_.end()) {
    growth = at->second;
    growing_.erase(at);
  } else {
    growth.first_bytes = from.bytes;
  }
  if (event.bytes < kMinGrownBytes) return;
  if (event.bytes >= from.bytes + from.bytes / 2) {
    ++growth.steps;
    growth.outgrown_bytes += from.bytes;
  }
  growth.stack = event.stack;
  growth.last_bytes = event.bytes;
  growing_[event.address] = growth;
  keep(growth);
}

void BufferBirths::keep(const Growth& growth) {
  if (growth.last_bytes < capture::kLargeBytes || growth.steps == 0) return;
  if (grown_.size() >= kMaxRows && grown_.count(growth.stack) == 0) return;
  Growth& most = grown_[growth.stack];
  if (growth.last_bytes >= most.last_bytes) most = growth;
}

void BufferBirths::open_window() {
  born_.clear();
  grown_.clear();
  growing_.clear();
}

std::vector<BornBuffers> BufferBirths::born() const {
  std::vector<BornBuffers> rows;
  rows.reserve(born_.size());
  for (const auto& [key, count] : born_) rows.push_back({key.first, key.second.first, key.second.second, count});
  return rows;
}

std::vector<Growth> BufferBirths::growths() const {
  std::vector<Growth> rows;
  rows.reserve(grown_.size());
  for (const auto& [stack, growth] : grown_) rows.push_back(growth);
  sort_stably(rows, [](const Growth& a, const Growth& b) { return a.last_bytes > b.last_bytes; });
  return rows;
}

}  // namespace chunkmark::profile
