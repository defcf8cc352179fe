// LiveHeap: which blocks and anonymous mappings live at a moment of a process, and where each comes from.
//
// Replays events in order and reports each change of what is alive. An Origin is what the caller wants to be told again
// when a block ends: its stack, say, and when it was made. Blocks are matched by address; a free of
// an address that is not known (made before tracing, or inherited by a fork) changes nothing. A mapping is an interval:
// unmapping any part of it removes that part. One that counts by its pages has nothing alive until some are touched;
// what each time added is a layer with an origin of its own, and what is given back is taken from the newest. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "instrument/capture/event.h"

namespace chunkmark::profile {

// kMapping counts whole; kPages and kShared are touched pages of private and of shared mappings.
enum class HeapSource { kBlock, kMapping, kPages, kShared };

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

  // Calls visit(origin, bytes, blocks) for every block, every piece of a mapping and every layer that is alive.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [address, block] : blocks_) visit(block.origin, block.bytes, block.count);
    for (const auto& [begin, mapping] : mappings_) {
      if (!mapping.by_pages()) visit(mapping.origin, mapping.end - begin, 1u);
      for (const Layer& layer : mapping.layers)
        visit(layer.origin, layer.bytes, &layer == &mapping.layers[0] ? 1u : 0u);
    }
  }

  // Calls visit(address, bytes) for every block that is alive, and visit(begin, touched bytes) for every mapping.
  template <typename Visit>
  void for_each_place(Visit&& visit) const {
    for (const auto& [address, block] : blocks_) visit(address, block.bytes);
    for (const auto& [begin, mapping] : mappings_) visit(begin, mapping.touched(begin));
  }

  // Of the mappings that count by their pages, what is mapped and not touched.
  std::uint64_t untouched_bytes() const { return untouched_bytes_; }

  // Bytes that realloc had to carry to another address, so far.
  std::uint64_t realloc_moved_bytes() const { return realloc_moved_bytes_; }

 private:
  struct Block {
    std::uint64_t bytes;
    Origin origin;
    std::uint32_t count = 1;  // of blocks, where one event stands for several
  };
  struct Layer {
    std::uint64_t bytes;
    Origin origin;
  };
  using Layers = std::vector<Layer>;  // oldest first; the first stands for the mapping where blocks are counted
  struct Mapping {
    std::uint64_t end;
    Origin origin;
    HeapSource source;
    Layers layers = {};
    bool by_pages() const { return source != HeapSource::kMapping; }
    std::uint64_t touched(std::uint64_t begin) const { return by_pages() ? sum(layers) : end - begin; }
  };
  // What realloc took away, until its result is known.
  struct Pending {
    std::uint64_t address;
    Block block;
  };

  template <typename OnChange>
  void add_block(std::uint64_t address, std::uint64_t bytes, const Origin& origin, std::uint32_t count,
                 OnChange&& on_change);
  template <typename OnChange>
  bool remove_block(std::uint64_t address, Block& removed, OnChange&& on_change);
  template <typename OnChange>
  void unmap(std::uint64_t begin, std::uint64_t end, OnChange&& on_change);
  template <typename OnChange>
  void map(const capture::Event& event, const Origin& origin, OnChange&& on_change);
  template <typename OnChange>
  void set_touched(const capture::Event& event, const Origin& origin, OnChange&& on_change);

  static std::uint64_t sum(const Layers& layers) {
    std::uint64_t bytes = 0;
    for (const Layer& layer : layers) bytes += layer.bytes;
    return bytes;
  }
  static Layers take_oldest(Layers& layers, std::uint64_t bytes);
  template <typename OnChange>
  static void end_layers(HeapSource source, const Origin& origin, const Layers& layers, std::int64_t blocks,
                         OnChange&& on_change);

  boost::unordered_flat_map<std::uint64_t, Block> blocks_;
  std::map<std::uint64_t, Mapping> mappings_;          // by first address
  std::map<std::uint32_t, Pending> pending_reallocs_;  // by thread
  std::uint64_t realloc_moved_bytes_ = 0;
  std::uint64_t untouched_bytes_ = 0;
};

template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::add_block(std::uint64_t address, std::uint64_t bytes, const Origin& origin, std::uint32_t count,
                                 OnChange&& on_change) {
  const auto [at, fresh] = blocks_.try_emplace(address);
  Block& block = at->second;
  if (!fresh) {  // its end was not seen: the address is in use again, so it has ended
    on_change(
        Change{HeapSource::kBlock, block.origin, static_cast<std::int64_t>(-block.bytes), -std::int64_t{block.count}});
  }
  block.bytes = bytes;
  block.origin = origin;
  block.count = count;
  on_change(Change{HeapSource::kBlock, origin, static_cast<std::int64_t>(bytes), count});
}

template <typename Origin>
template <typename OnChange>
bool LiveHeap<Origin>::remove_block(std::uint64_t address, Block& removed, OnChange&& on_change) {
  const auto at = blocks_.find(address);
  if (at == blocks_.end()) return false;
  removed = at->second;
  blocks_.erase(at);
  on_change(Change{HeapSource::kBlock, removed.origin, static_cast<std::int64_t>(-removed.bytes),
                   -std::int64_t{removed.count}});
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
    const bool left = first < cut_begin, right = cut_end < mapping.end;
    Mapping before{cut_begin, mapping.origin, mapping.source}, after{mapping.end, mapping.origin, mapping.source};
    if (mapping.by_pages()) {
      // Which of its pages were touched is not known here: they are taken to be spread evenly. Whoever knows tells it
      // for both pieces with the next events.
      Layers cut = mapping.layers;
      const std::uint64_t bytes = sum(cut);
      const double share = static_cast<double>(bytes) / static_cast<double>(mapping.end - first);
      const auto kept = [share](std::uint64_t piece) {
        return share >= 1 ? piece : std::min(piece, static_cast<std::uint64_t>(share * static_cast<double>(piece)));
      };
      before.layers = take_oldest(cut, left ? kept(cut_begin - first) : 0);
      after.layers = take_oldest(cut, right ? kept(mapping.end - cut_end) : 0);
      untouched_bytes_ -= (cut_end - cut_begin) - sum(cut);
      end_layers(mapping.source, mapping.origin, cut,
                 std::int64_t{!before.layers.empty()} + !after.layers.empty() - !mapping.layers.empty(), on_change);
    } else {
      on_change(Change{HeapSource::kMapping, mapping.origin, -static_cast<std::int64_t>(cut_end - cut_begin),
                       std::int64_t{left} + right - 1});
    }
    if (left) mappings_.emplace(first, std::move(before));
    if (right) {
      mappings_.insert_or_assign(cut_end, std::move(after));
      break;
    }
  }
}

// The oldest `bytes` of the layers, which lose them.
template <typename Origin>
typename LiveHeap<Origin>::Layers LiveHeap<Origin>::take_oldest(Layers& layers, std::uint64_t bytes) {
  Layers taken;
  std::size_t whole = 0;
  for (; whole < layers.size() && layers[whole].bytes <= bytes; ++whole) bytes -= layers[whole].bytes;
  taken.assign(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(whole));
  layers.erase(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(whole));
  if (bytes > 0 && !layers.empty()) {
    taken.push_back({bytes, layers.front().origin});
    layers.front().bytes -= bytes;
  }
  return taken;
}

// `blocks`: how many more pieces of mappings have touched pages now.
template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::end_layers(HeapSource source, const Origin& origin, const Layers& layers, std::int64_t blocks,
                                  OnChange&& on_change) {
  for (const Layer& layer : layers) {
    on_change(Change{source, layer.origin, static_cast<std::int64_t>(-layer.bytes), std::exchange(blocks, 0)});
  }
  if (blocks != 0) on_change(Change{source, origin, 0, blocks});
}

template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::map(const capture::Event& event, const Origin& origin, OnChange&& on_change) {
  const std::uint64_t end = event.address + event.bytes;
  if (end <= event.address) return;      // not a range
  unmap(event.address, end, on_change);  // MAP_FIXED replaces what was there
  const HeapSource source = event.kind == capture::EventKind::kMap         ? HeapSource::kMapping
                            : event.kind == capture::EventKind::kMapShared ? HeapSource::kShared
                                                                           : HeapSource::kPages;
  mappings_.insert_or_assign(event.address, Mapping{end, origin, source});
  if (source == HeapSource::kMapping) {
    on_change(Change{source, origin, static_cast<std::int64_t>(event.bytes), 1});
  } else {
    untouched_bytes_ += event.bytes;
  }
}

template <typename Origin>
template <typename OnChange>
void LiveHeap<Origin>::set_touched(const capture::Event& event, const Origin& origin, OnChange&& on_change) {
  const auto at = mappings_.find(event.address);
  if (at == mappings_.end() || !at->second.by_pages()) return;
  Mapping& mapping = at->second;
  const std::uint64_t before = sum(mapping.layers), now = std::min(event.bytes, mapping.end - at->first);
  untouched_bytes_ += before - now;
  if (now > before) {
    const std::int64_t blocks = mapping.layers.empty() ? 1 : 0;
    if (!mapping.layers.empty() && mapping.layers.back().origin == origin) {
      mapping.layers.back().bytes += now - before;
    } else {
      mapping.layers.push_back({now - before, origin});
    }
    on_change(Change{mapping.source, origin, static_cast<std::int64_t>(now - before), blocks});
  } else if (now < before) {
    Layers kept = take_oldest(mapping.layers, now);
    const Layers gone = std::exchange(mapping.layers, std::move(kept));
    end_layers(mapping.source, mapping.origin, gone, now == 0 ? -1 : 0, on_change);
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
      add_block(event.address, event.bytes, origin, event.count, on_change);
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
          add_block(old_address, old_block.bytes, old_block.origin, old_block.count, on_change);
        } else if (event.address != old_address) {
          realloc_moved_bytes_ += std::min(old_block.bytes, event.bytes);
        }
      }
      if (event.address != 0) add_block(event.address, event.bytes, origin, 1, on_change);
      break;
    }
    case capture::EventKind::kMap:
    case capture::EventKind::kMapPages:
    case capture::EventKind::kMapShared:
      map(event, origin, on_change);
      break;
    case capture::EventKind::kPages:
      set_touched(event, origin, on_change);
      break;
    case capture::EventKind::kUnmap:
      if (event.address + event.bytes > event.address) unmap(event.address, event.address + event.bytes, on_change);
      break;
    default:
      break;
  }
}

}  // namespace chunkmark::profile
