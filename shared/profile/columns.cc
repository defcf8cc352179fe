#include "profile/columns.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <memory>
#include <numeric>

namespace chunkmark::profile {
namespace {

constexpr std::uint32_t kMaxThread = 0xffff;

template <typename T>
void reorder(std::vector<T>& column, const std::vector<std::uint32_t>& order) {
  std::vector<T> sorted(column.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = column[order[i]];
  column = std::move(sorted);
}

std::vector<std::uint32_t> order_of(const std::vector<std::uint32_t>& times) {
  std::vector<std::uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0u);
  if (!std::is_sorted(times.begin(), times.end())) {
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
  }
  return order;
}

void sort_by_time(Moves& moves) {
  const std::vector<std::uint32_t> order = order_of(moves.t);
  reorder(moves.t, order);
  reorder(moves.bytes, order);
  reorder(moves.calls, order);
  reorder(moves.stack, order);
  reorder(moves.thread, order);
}

}  // namespace

// What lives at the moment, as rows of the intervals.
struct ColumnsBuilder::State {
  struct Mapping {
    std::uint64_t end;
    std::uint32_t row;
  };
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> row_of_block;
  std::map<std::uint64_t, Mapping> mappings;
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint32_t>> pending_reallocs;  // by thread: address, row
};

ColumnsBuilder::ColumnsBuilder(std::uint32_t process, std::uint64_t duration_ns)
    : process_(process), state_(std::make_unique<State>()) {
  columns_.tick_ns = duration_ns / (kAlive - 1u) + 1;
  columns_.end_ticks = ticks(duration_ns);
}

ColumnsBuilder::~ColumnsBuilder() = default;

std::uint32_t ColumnsBuilder::ticks(std::uint64_t time_ns) const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(time_ns / columns_.tick_ns, kAlive - 1u));
}

void ColumnsBuilder::on_events(std::uint32_t process, std::span<const Event> events) {
  if (process != process_) return;
  for (const Event& event : events) add(event);
}

void ColumnsBuilder::add(const Event& event) {
  Intervals& intervals = columns_.intervals;
  const std::uint32_t now = ticks(event.time_ns);
  const auto thread = static_cast<std::uint16_t>(std::min(event.thread, kMaxThread));
  columns_.threads = std::max(columns_.threads, thread + 1u);

  const auto begin = [&](std::uint32_t t0, std::uint32_t t1, std::uint64_t bytes, std::uint32_t stack,
                         std::uint16_t by) {
    intervals.t0.push_back(t0);
    intervals.t1.push_back(t1);
    intervals.bytes.push_back(bytes);
    intervals.blocks.push_back(1);
    intervals.stack.push_back(stack);
    intervals.thread.push_back(by);
    return static_cast<std::uint32_t>(intervals.rows() - 1);
  };
  // A block never ends before it begins, whatever the clocks of two threads say.
  const auto end = [&](std::uint32_t row) { intervals.t1[row] = std::max(now, intervals.t0[row]); };
  const auto begin_block = [&] {
    const auto [at, fresh] = state_->row_of_block.try_emplace(event.address, 0);
    if (!fresh) end(at->second);
    at->second = begin(now, kAlive, event.bytes, event.stack, thread);
  };
  const auto unmap = [&](std::uint64_t from, std::uint64_t to) {
    auto& mappings = state_->mappings;
    auto at = mappings.upper_bound(from);
    if (at != mappings.begin() && std::prev(at)->second.end > from) --at;
    while (at != mappings.end() && at->first < to) {
      const std::uint64_t first = at->first;
      const State::Mapping mapping = at->second;
      at = mappings.erase(at);
      const std::uint64_t cut_begin = std::max(first, from), cut_end = std::min(mapping.end, to);
      if (cut_end - cut_begin == intervals.bytes[mapping.row]) {
        end(mapping.row);
      } else {  // the part that goes gets a row of its own; the rest lives on in the old one
        intervals.bytes[mapping.row] -= cut_end - cut_begin;
        const std::uint32_t t0 = intervals.t0[mapping.row];
        begin(t0, std::max(now, t0), cut_end - cut_begin, intervals.stack[mapping.row], intervals.thread[mapping.row]);
      }
      if (first < cut_begin) mappings[first] = {cut_begin, mapping.row};
      if (cut_end < mapping.end) {
        mappings.insert_or_assign(cut_end, State::Mapping{mapping.end, mapping.row});
        break;
      }
    }
  };
  const auto move = [&](Moves& moves) {
    moves.t.push_back(now);
    moves.bytes.push_back(event.bytes);
    moves.calls.push_back(1);
    moves.stack.push_back(event.stack);
    moves.thread.push_back(thread);
  };

  switch (event.kind) {
    case EventKind::kAllocate:
      begin_block();
      break;
    case EventKind::kFree:
    case EventKind::kReallocFree: {
      const auto at = state_->row_of_block.find(event.address);
      if (at == state_->row_of_block.end()) break;
      end(at->second);
      if (event.kind == EventKind::kReallocFree) {
        state_->pending_reallocs[event.thread] = {event.address, at->second};
      }
      state_->row_of_block.erase(at);
      break;
    }
    case EventKind::kReallocAllocate: {
      const auto pending = state_->pending_reallocs.find(event.thread);
      if (event.address != 0) {
        begin_block();
      } else if (pending != state_->pending_reallocs.end()) {  // it failed: the old block lives on
        const auto [address, row] = pending->second;
        intervals.t1[row] = kAlive;
        const auto [at, fresh] = state_->row_of_block.try_emplace(address, row);
        if (!fresh) end(at->second);
        at->second = row;
      }
      if (pending != state_->pending_reallocs.end()) state_->pending_reallocs.erase(pending);
      break;
    }
    case EventKind::kMap:
      if (event.bytes == 0 || event.address + event.bytes < event.address) break;
      unmap(event.address, event.address + event.bytes);
      state_->mappings[event.address] = {event.address + event.bytes,
                                         begin(now, kAlive, event.bytes, event.stack, thread)};
      break;
    case EventKind::kUnmap:
      if (event.address + event.bytes > event.address) unmap(event.address, event.address + event.bytes);
      break;
    case EventKind::kCopy:
      move(columns_.copies);
      break;
    case EventKind::kTransferIn:
    case EventKind::kTransferOut:
      move(columns_.transfers);
      break;
  }
}

Columns ColumnsBuilder::take() {
  Intervals& intervals = columns_.intervals;
  const std::vector<std::uint32_t> order = order_of(intervals.t0);
  reorder(intervals.t0, order);
  reorder(intervals.t1, order);
  reorder(intervals.bytes, order);
  reorder(intervals.blocks, order);
  reorder(intervals.stack, order);
  reorder(intervals.thread, order);
  sort_by_time(columns_.copies);
  sort_by_time(columns_.transfers);
  return std::move(columns_);
}

Columns read_columns(ByteView file, const std::string& name, std::uint32_t process, std::uint64_t duration_ns) {
  ColumnsBuilder builder(process, duration_ns);
  CaptureReader reader(file, name);
  reader.read(builder);
  return builder.take();
}

}  // namespace chunkmark::profile
