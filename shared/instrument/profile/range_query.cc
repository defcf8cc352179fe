#include "instrument/profile/range_query.h"

#include <algorithm>

namespace chunkmark::profile {
namespace {

bool counts(const RangeQuery& query, std::uint16_t thread) {
  return query.threads.empty() || (thread < query.threads.size() && query.threads[thread] != 0);
}

void add(Selection& selection, std::uint32_t stack, std::uint64_t bytes, std::uint64_t blocks) {
  if (stack >= selection.self_bytes.size()) return;
  selection.bytes += bytes;
  selection.blocks += blocks;
  selection.self_bytes[stack] += bytes;
  selection.self_blocks[stack] += blocks;
}

// The first instant of the range with the highest heap.
//
// A sweep over the ends of the rows within the range: the heap changes at those alone, so only they, and `from`, can be
// the peak. All changes of one instant are summed before they are looked at: a block that ends at t and one that begins
// at t are never alive together, whatever order the rows have. Rows that begin and end in one tick are alive at none.
std::uint32_t peak_instant(const Intervals& intervals, const RangeQuery& query) {
  struct Change {
    std::uint32_t t;
    std::uint64_t bytes;  // what ends is told by wrapping, whatever a hostile file makes of sizes
  };
  std::vector<Change> changes;
  std::uint64_t heap = 0;  // alive at `from`
  for (std::size_t row = 0; row < intervals.rows(); ++row) {
    if (!counts(query, intervals.thread[row]) || intervals.t0[row] == intervals.t1[row]) continue;
    const std::uint64_t bytes = intervals.bytes[row];
    if (intervals.t0[row] > query.to || intervals.t1[row] <= query.from) continue;
    if (intervals.t0[row] <= query.from) {
      heap += bytes;
    } else {
      changes.push_back({intervals.t0[row], bytes});
    }
    if (intervals.t1[row] <= query.to) changes.push_back({intervals.t1[row], -bytes});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.t < b.t; });
  std::uint32_t peak_at = query.from;
  std::uint64_t peak = heap;
  for (std::size_t i = 0; i < changes.size();) {
    const std::uint32_t t = changes[i].t;
    for (; i < changes.size() && changes[i].t == t; ++i) heap += changes[i].bytes;
    if (heap > peak) peak = heap, peak_at = t;
  }
  return peak_at;
}

// Rows are sorted by t0, so the first that begins later ends the search.
void select_alive(const Intervals& intervals, const RangeQuery& query, std::uint32_t at, Selection& selection) {
  selection.at = at;
  for (std::size_t row = 0; row < intervals.rows() && intervals.t0[row] <= at; ++row) {
    if (intervals.t1[row] <= at || !counts(query, intervals.thread[row])) continue;
    add(selection, intervals.stack[row], intervals.bytes[row], intervals.blocks[row]);
  }
}

void select_moves(const Moves& moves, const RangeQuery& query, Selection& selection) {
  for (std::size_t row = 0; row < moves.rows(); ++row) {
    if (moves.t[row] < query.from || moves.t[row] > query.to || !counts(query, moves.thread[row])) continue;
    add(selection, moves.stack[row], moves.bytes[row], moves.calls[row]);
  }
}

}  // namespace

std::optional<Mode> parse_mode(std::string_view name) {
  if (name == "peak") return Mode::kPeak;
  if (name == "live") return Mode::kLive;
  if (name == "allocated") return Mode::kAllocated;
  if (name == "copied") return Mode::kCopied;
  if (name == "transferred") return Mode::kTransferred;
  return std::nullopt;
}

Selection select(const Columns& columns, std::size_t stacks, const RangeQuery& query) {
  Selection selection;
  selection.self_bytes.resize(stacks);
  selection.self_blocks.resize(stacks);
  const Intervals& intervals = columns.intervals;
  switch (query.mode) {
    case Mode::kPeak:
      select_alive(intervals, query, peak_instant(intervals, query), selection);
      break;
    case Mode::kLive:
      select_alive(intervals, query, query.to, selection);
      break;
    case Mode::kAllocated:
      for (std::size_t row = 0; row < intervals.rows(); ++row) {
        if (intervals.t0[row] < query.from || intervals.t0[row] > query.to) continue;
        if (counts(query, intervals.thread[row])) {
          add(selection, intervals.stack[row], intervals.bytes[row], intervals.blocks[row]);
        }
      }
      break;
    case Mode::kCopied:
      select_moves(columns.copies, query, selection);
      break;
    case Mode::kTransferred:
      select_moves(columns.transfers, query, selection);
      break;
  }
  return selection;
}

}  // namespace chunkmark::profile
