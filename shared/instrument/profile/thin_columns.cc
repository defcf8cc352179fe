#include "instrument/profile/thin_columns.h"

#include <algorithm>
#include <numeric>

namespace chunkmark::profile {
namespace {

std::vector<Row> rows_of(const Intervals& table) {
  std::vector<Row> rows(table.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {table.t0[i], table.t1[i], table.stack[i], table.blocks[i], table.bytes[i], table.thread[i]};
  }
  return rows;
}

std::vector<Row> rows_of(const Moves& table) {
  std::vector<Row> rows(table.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {table.t[i], table.t[i], table.stack[i], table.calls[i], table.bytes[i], table.thread[i]};
  }
  return rows;
}

// Rows that agree in everything but bytes and blocks become one: a table whose grid leaves every time as it is.
std::vector<Row> merged(const std::vector<Row>& rows) {
  RowTable table([] { return CoarseGrid({}, 0, 1, 0); }, 0);
  for (const Row& row : rows) table.add(row);
  return table.take();
}

void fold(std::vector<Row>& rows, const std::vector<std::uint32_t>& kept_as) {
  for (Row& row : rows) row.stack = kept_as[row.stack];
  rows = merged(rows);
}

// By node: itself if it is one of the `count` heaviest, else its nearest caller that is.
std::vector<std::uint32_t> nearest_kept(const capture::StackTree& tree, const std::vector<std::uint64_t>& weight,
                                        std::size_t count) {
  std::vector<std::uint32_t> order(tree.nodes.size());
  std::iota(order.begin(), order.end(), 0u);
  // Of the same weight, a caller comes first: its number is lower.
  const auto heavier = [&weight](std::uint32_t a, std::uint32_t b) {
    return weight[a] != weight[b] ? weight[a] > weight[b] : a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), heavier);
  std::vector<bool> kept(order.size());
  for (std::size_t i = 0; i < count; ++i) kept[order[i]] = true;
  kept[0] = true;
  std::vector<std::uint32_t> kept_as(order.size());
  for (std::uint32_t node = 0; node < kept_as.size(); ++node) {
    kept_as[node] = kept[node] ? node : kept_as[tree.nodes[node].parent];
  }
  return kept_as;
}

}  // namespace

void fold_stacks(Columns& columns, const capture::StackTree& tree, std::size_t max_stacks, std::size_t max_rows) {
  const auto most_rows = [&columns] {
    return std::max({columns.intervals.rows(), columns.copies.rows(), columns.transfers.rows()});
  };
  // One more than bytes, so that a stack of none counts as well: by node with all that it calls.
  std::vector<std::uint64_t> weight(tree.nodes.size());
  const auto weigh = [&weight](const auto& table) {
    for (std::size_t i = 0; i < table.rows(); ++i) weight[table.stack[i]] += table.bytes[i] + 1;
  };
  weigh(columns.intervals);
  weigh(columns.copies);
  weigh(columns.transfers);
  for (std::size_t node = tree.nodes.size(); node-- > 1;) weight[tree.nodes[node].parent] += weight[node];
  columns.stacks = columns.kept_stacks = static_cast<std::size_t>(
      std::count_if(weight.begin(), weight.end(), [](std::uint64_t bytes) { return bytes > 0; }));
  while (columns.kept_stacks > max_stacks || (most_rows() > max_rows && columns.kept_stacks > 1)) {
    // As many as their share of the rows, and never more than half of what there was: what is folded still has rows.
    const std::size_t half = columns.kept_stacks / 2,
                      share = static_cast<std::size_t>(std::uint64_t{columns.kept_stacks} * max_rows / most_rows());
    const std::size_t count =
        std::max<std::size_t>(1, most_rows() > max_rows ? std::min({max_stacks, half, share}) : max_stacks);
    const std::vector<std::uint32_t> kept_as = nearest_kept(tree, weight, count);
    std::vector<Row> intervals = rows_of(columns.intervals), copies = rows_of(columns.copies),
                     transfers = rows_of(columns.transfers);
    fold(intervals, kept_as);
    fold(copies, kept_as);
    fold(transfers, kept_as);
    columns.intervals = intervals_of(intervals);
    columns.copies = moves_of(copies);
    columns.transfers = moves_of(transfers);
    columns.kept_stacks = count;
  }
}

Columns part_of(const Columns& columns, std::uint32_t from, std::uint32_t to, const Coarseness& coarseness,
                const std::vector<std::uint32_t>& exact) {
  const std::uint32_t before = from - std::min(from, 1u), after = std::max(to, std::min(to + 1, kAlive - 1));
  const RowTable::GridSoFar grid = [&] {
    std::vector<std::uint32_t> instants = exact;
    instants.insert(instants.end(), {before, from, to, after});
    for (std::size_t i = 0; i <= coarseness.instants; ++i) {
      instants.push_back(from + static_cast<std::uint32_t>(std::uint64_t{to - from} * i / coarseness.instants));
    }
    return CoarseGrid(std::move(instants), to, 1);
  };
  RowTable intervals(grid, coarseness.max_exact_rows), copies(grid, coarseness.max_exact_rows),
      transfers(grid, coarseness.max_exact_rows);
  const Intervals& lives = columns.intervals;
  for (std::size_t i = 0; i < lives.rows() && lives.t0[i] <= to; ++i) {
    if (lives.t1[i] < from) continue;
    intervals.add({std::max(lives.t0[i], before), lives.t1[i] == kAlive ? kAlive : std::min(lives.t1[i], after),
                   lives.stack[i], lives.blocks[i], lives.bytes[i], lives.thread[i]});
  }
  const auto take = [from, to](const Moves& moves, RowTable& rows) {
    for (std::size_t i = 0; i < moves.rows() && moves.t[i] <= to; ++i) {
      if (moves.t[i] < from) continue;
      rows.add({moves.t[i], moves.t[i], moves.stack[i], moves.calls[i], moves.bytes[i], moves.thread[i]});
    }
  };
  take(columns.copies, copies);
  take(columns.transfers, transfers);
  Columns part;
  part.tick_ns = columns.tick_ns;
  part.end_ticks = columns.end_ticks;
  part.threads = columns.threads;
  part.stacks = columns.stacks;
  part.kept_stacks = columns.kept_stacks;
  part.instants = columns.instants;
  const bool coarse = intervals.is_merged() || copies.is_merged() || transfers.is_merged();
  if (coarse) part.instants = coarseness.instants;
  part.intervals = intervals_of(intervals.take());
  part.copies = moves_of(copies.take());
  part.transfers = moves_of(transfers.take());
  return part;
}

}  // namespace chunkmark::profile
