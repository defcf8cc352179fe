// LiveHeap: which blocks and anonymous mappings live at a moment of a process, and where each comes from.
//
// Replays events in order and reports each change of what is alive. An Origin is what the caller wants to be told again
// when a block ends: its stack, say, and when it was made. Blocks are matched by address; a free of
// an address that is not known (made before tracing, or inherited by a fork) changes nothing. A mapping is an interval:
// unmapping any part of it removes that part. Not thread-safe.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>

#include "instrument/capture/event.h"

namespace chunkmark::profile {

enum class HeapSource { kBlock, kMapping };

template <typename Origin>
class LiveHeap {
 public:
  // `bytes` and `blocks` more (or fewer, when negative) of this origin are now alive.
  struct Change {
    HeapSource source;
    Origin origin;
    std::int64_t bytes;
    std::int64_t blocks;
  };

  // Calls on_change(Change) for each change that the event makes; `origin` is that of what the event makes. Events
  // other than of memory make none.
  template <typename OnChange>
  void apply(const capture::Event& event, const Origin& origin, OnChange&& on_change);

  // Calls visit(origin, bytes) for every block and every piece of a mapping that is alive.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [address, block] : blocks_) visit(block.origin, block.bytes);
    for (const auto& [begin, mapping] : mappings_) visit(mapping.origin, mapping.end - begin);
  }

  // Bytes that realloc had to carry to another address, so far.
  std::uint64_t realloc_moved_bytes() const { return realloc_moved_bytes_; }

 private:
  struct Block {
    std::uint64_t bytes;
    Origin origin;
  };
  struct Mapping {
    std::uint64_t end;
    Origin origin;
  };
  // What realloc took away, until its result is known.
  struct Pending {
    std::uint64_t address;
    Block block;
  };

  template <typename OnChange>
  void add_block(std::uint64_t address, Block block, OnChange&& on_change);
  template <typename OnChange>
  bool remove_block(std::uint64_t address, Block& removed, OnChange&& on_change);
  template <typename OnChange>
  void unmap(std::uint64_t begin, std::uint64_t end, OnChange&& on_change);

  boost::unordered_flat_map<std::uint64_t, Block> blocks_;
  std::map<std::uint64_t, Mapping> mappings_;          // by first address
  std::map<std::uint32_t, Pending> pending_reallocs_;  // by thread
  std::uint64_t realloc_moved_bytes_ = 0;
};

template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::add_block(std::uint64_t address, Block block, OnChange&& on_change) {
  const auto [at, fresh] = blocks_.try_emplace(address, block);
  if (!fresh) {  // its end was not seen: the address is in use again, so it has ended
    on_change(Change{HeapSource::kBlock, at->second.origin, -static_cast<std::int64_t>(at->second.bytes), -1});
    at->second = block;
  }
  on_change(Change{HeapSource::kBlock, block.origin, static_cast<std::int64_t>(block.bytes), 1});
}

template <typename Origin>
template <typename OnChange>
bool LiveHeap<Origin>::remove_block(std::uint64_t address, Block& removed, OnChange&& on_change) {
  const auto at = blocks_.find(address);
  if (at == blocks_.end()) return false;
  removed = at->second;
  blocks_.erase(at);
  on_change(Change{HeapSource::kBlock, removed.origin, -static_cast<std::int64_t>(removed.bytes), -1});
  return true;
}

// Mappings do not overlap, so those that the range touches are neighbours: from the last that begins at or before it
// (if that one reaches into it) to the last that begins before its end. Of each, what lies outside stays, as up to two
// pieces of the same origin. The number of pieces changes by -1 (all of it went), 0 (one end is left) or +1 (both are).
template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::unmap(std::uint64_t begin, std::uint64_t end, OnChange&& on_change) {
  auto at = mappings_.upper_bound(begin);
  if (at != mappings_.begin() && std::prev(at)->second.end > begin) --at;
  while (at != mappings_.end() && at->first < end) {
    const std::uint64_t first = at->first;
    const Mapping mapping = at->second;
    at = mappings_.erase(at);
    const std::uint64_t cut_begin = std::max(first, begin), cut_end = std::min(mapping.end, end);
    if (first < cut_begin) mappings_[first] = {cut_begin, mapping.origin};
    if (cut_end < mapping.end) at = mappings_.insert_or_assign(cut_end, Mapping{mapping.end, mapping.origin}).first;
    const bool whole = first == cut_begin && cut_end == mapping.end;
    const bool split = first < cut_begin && cut_end < mapping.end;
    on_change(Change{HeapSource::kMapping, mapping.origin, -static_cast<std::int64_t>(cut_end - cut_begin),
                     whole   ? -1
                     : split ? 1
                             : 0});
    if (cut_end < mapping.end) break;
  }
}

// realloc is two events around the call: the old block is taken away before it, when its address may be reused by
// another thread at any moment, and the new one comes after it. A result of null means that the old block lives on, so
// it is put back. The thread pairs the two, as a thread is in one realloc at a time.
template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::apply(const capture::Event& event, const Origin& origin, OnChange&& on_change) {
  switch (event.kind) {
    case capture::EventKind::kAllocate:
      add_block(event.address, {event.bytes, origin}, on_change);
      break;
    case capture::EventKind::kFree: {
      Block removed;
      remove_block(event.address, removed, on_change);
      break;
    }
    case capture::EventKind::kReallocFree: {
      Pending pending{event.address, {}};
      if (remove_block(event.address, pending.block, on_change)) pending_reallocs_[event.thread] = pending;
      break;
    }
    case capture::EventKind::kReallocAllocate: {
      const auto pending = pending_reallocs_.find(event.thread);
      if (pending != pending_reallocs_.end()) {
        const auto [old_address, old_block] = pending->second;
        pending_reallocs_.erase(pending);
        if (event.address == 0) {
          add_block(old_address, old_block, on_change);
        } else if (event.address != old_address) {
          realloc_moved_bytes_ += std::min(old_block.bytes, event.bytes);
        }
      }
      if (event.address != 0) add_block(event.address, {event.bytes, origin}, on_change);
      break;
    }
    case capture::EventKind::kMap:
      if (event.bytes == 0 || event.address + event.bytes < event.address) break;  // not a range
      unmap(event.address, event.address + event.bytes, on_change);                // MAP_FIXED replaces what was there
      mappings_[event.address] = {event.address + event.bytes, origin};
      on_change(Change{HeapSource::kMapping, origin, static_cast<std::int64_t>(event.bytes), 1});
      break;
    case capture::EventKind::kUnmap:
      if (event.address + event.bytes > event.address) unmap(event.address, event.address + event.bytes, on_change);
      break;
    default:
      break;
  }
}

}  // namespace chunkmark::profile
