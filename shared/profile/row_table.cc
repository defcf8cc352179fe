#include "profile/coarse_grid.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace chunkmark::profile {
namespace {

class Grid {
 public:
  Grid(std::vector<std::uint32_t> exact, std::uint32_t end, std::size_t instants) : instants_(std::move(exact)) {
    for (std::size_t i = 0; i <= instants; ++i) {
      instants_.push_back(static_cast<std::uint32_t>(std::uint64_t{end} * i / instants));
    }
    std::sort(instants_.begin(), instants_.end());
    instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
  }
  std::uint32_t at_or_after(std::uint32_t t) const {
    if (t == kAlive) return t;
    const auto at = std::lower_bound(instants_.begin(), instants_.end(), t);
    return at != instants_.end() ? *at : t;
  }

 private:
  std::vector<std::uint32_t> instants_;
};

void coarsen(Intervals& intervals, const Grid& grid) {
  struct Sum {
    std::uint64_t bytes = 0;
    std::uint32_t blocks = 0;
  };
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint16_t>, Sum> rows;
  for (std::size_t i = 0; i < intervals.rows(); ++i) {
    Sum& sum = rows[{grid.at_or_after(intervals.t0[i]), grid.at_or_after(intervals.t1[i]), intervals.stack[i],
                     intervals.thread[i]}];
    sum.bytes += intervals.bytes[i];
    sum.blocks += intervals.blocks[i];
  }
  intervals = Intervals();
  for (const auto& [key, sum] : rows) {
    const auto& [t0, t1, stack, thread] = key;
    intervals.t0.push_back(t0);
    intervals.t1.push_back(t1);
    intervals.bytes.push_back(sum.bytes);
    intervals.blocks.push_back(sum.blocks);
    intervals.stack.push_back(stack);
    intervals.thread.push_back(thread);
  }
}

void coarsen(Moves& moves, const Grid& grid) {
  struct Sum {
    std::uint64_t bytes = 0;
    std::uint32_t calls = 0;
  };
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint16_t>, Sum> rows;
  for (std::size_t i = 0; i < moves.rows(); ++i) {
    Sum& sum = rows[{grid.at_or_after(moves.t[i]), moves.stack[i], moves.thread[i]}];
    sum.bytes += moves.bytes[i];
    sum.calls += moves.calls[i];
  }
  moves = Moves();
  for (const auto& [key, sum] : rows) {
    const auto& [t, stack, thread] = key;
    moves.t.push_back(t);
    moves.bytes.push_back(sum.bytes);
    moves.calls.push_back(sum.calls);
    moves.stack.push_back(stack);
    moves.thread.push_back(thread);
  }
}

}  // namespace

void coarsen(Columns& columns, std::vector<std::uint32_t> exact, std::size_t enough_rows, std::size_t instants) {
  const Grid grid(std::move(exact), columns.end_ticks, instants);
  if (columns.intervals.rows() > enough_rows) coarsen(columns.intervals, grid);
  if (columns.copies.rows() > enough_rows) coarsen(columns.copies, grid);
  if (columns.transfers.rows() > enough_rows) coarsen(columns.transfers, grid);
}

}  // namespace chunkmark::profile
