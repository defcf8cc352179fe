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

template <typename Table>
std::vector<Row> folded(const Table& table, const StackFold& fold) {
  std::vector<Row> rows = rows_of(table);
  for (Row& row : rows) row.stack = fold.kept(row.stack);
  return merged(rows);
}

}  // namespace

void fold_stacks(Columns& columns, const capture::StackTree& tree, std::size_t max_stacks, std::size_t max_rows) {
  const auto most_rows = [&columns] {
    return std::max({columns.intervals.rows(), columns.copies.rows(), columns.transfers.rows()});
  };
  StackFold fold;
  std::size_t known = 0;
  fold.learn(new_parents(tree, known));
  const auto weigh = [&fold](const auto& table) {
    for (std::size_t i = 0; i < table.rows(); ++i) fold.weigh(table.stack[i], table.bytes[i]);
  };
  weigh(columns.intervals);
  weigh(columns.copies);
  weigh(columns.transfers);
  columns.kept_stacks = fold.stacks();
  columns.stacks = std::max(columns.stacks, columns.kept_stacks);
  while (columns.kept_stacks > max_stacks || (most_rows() > max_rows && columns.kept_stacks > 1)) {
    // As many as their share of the rows, and never more than half of what there was: what is folded still has rows.
    const std::size_t half = columns.kept_stacks / 2,
                      share = static_cast<std::size_t>(std::uint64_t{columns.kept_stacks} * max_rows / most_rows());
    const std::size_t count =
        std::max<std::size_t>(1, most_rows() > max_rows ? std::min({max_stacks, half, share}) : max_stacks);
    fold.keep(count);
    columns.intervals = intervals_of(folded(columns.intervals, fold));
    columns.copies = moves_of(folded(columns.copies, fold));
    columns.transfers = moves_of(folded(columns.transfers, fold));
    columns.kept_stacks = count;
  }
}

Columns part_of(const Columns& columns, std::uint32_t from, std::uint32_t to, const Coarseness& coarseness,
                const std::vector<std::uint32_t>& exact) {
  const std::uint32_t before = from - std::min(from, 1u), after = std::max(to, std::min(to + 1, kAlive - 1));
  std::vector<std::uint32_t> instants = exact;
  instants.insert(instants.end(), {before, from, to, after});
  for (std::size_t i = 0; i <= coarseness.instants; ++i) {
    instants.push_back(from + static_cast<std::uint32_t>(std::uint64_t{to - from} * i / coarseness.instants));
  }
  const CoarseGrid grid(std::move(instants), to, 1);
  bool coarse = false;
  // All of them are merged at once, if they are too many.
  const auto fewer = [&](const std::vector<Row>& rows) {
    const bool many = rows.size() > coarseness.max_exact_rows;
    RowTable table([&grid] { return CoarseGrid(grid); }, many ? rows.size() - 1 : coarseness.max_exact_rows);
    for (const Row& row : rows) table.add(row);
    coarse |= many;
    return table.take();
  };
  const Intervals& lives = columns.intervals;
  std::vector<Row> lived;
  for (std::size_t i = 0; i < lives.rows() && lives.t0[i] <= to; ++i) {
    if (lives.t1[i] < from) continue;
    lived.push_back({std::max(lives.t0[i], before), lives.t1[i] == kAlive ? kAlive : std::min(lives.t1[i], after),
                     lives.stack[i], lives.blocks[i], lives.bytes[i], lives.thread[i]});
  }
  const auto moved = [from, to](const Moves& moves) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < moves.rows() && moves.t[i] <= to; ++i) {
      if (moves.t[i] < from) continue;
      rows.push_back({moves.t[i], moves.t[i], moves.stack[i], moves.calls[i], moves.bytes[i], moves.thread[i]});
    }
    return rows;
  };
  Columns part;
  part.tick_ns = columns.tick_ns;
  part.end_ticks = columns.end_ticks;
  part.threads = columns.threads;
  part.stacks = columns.stacks;
  part.kept_stacks = columns.kept_stacks;
  part.instants = columns.instants;
  part.intervals = intervals_of(fewer(lived));
  part.copies = moves_of(fewer(moved(columns.copies)));
  part.transfers = moves_of(fewer(moved(columns.transfers)));
  if (coarse) part.instants = coarseness.instants;
  return part;
}

}  // namespace chunkmark::profile
