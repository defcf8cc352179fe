// RowTable: the rows of one table of columns while they come, in bounded memory however long the run is.
//
// Up to `max_exact_rows` rows stay as they are. Of more, times move to the first instant of a grid at or after them,
// and rows that agree in everything but bytes and blocks become one. What is alive at an instant of the grid stays
// exact; the instants that a reader will ask for first (the heap peak, the marks) belong to it. They need not be known
// when the first row comes: the grid is asked for anew at each merge (row_table.cc says why that is right). Where rows
// come in the order of their ends, those that begin and end between two instants become one as they come.
// Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "instrument/profile/stack_fold.h"

namespace chunkmark::profile {

constexpr std::uint32_t kAlive = 0xffffffff;  // t1 of a block that was never freed

// Of a copy or a transfer, t0 and t1 are the same and blocks are calls.
struct Row {
  std::uint32_t t0 = 0, t1 = 0;
  std::uint32_t stack = 0;
  std::uint32_t blocks = 1;
  std::uint64_t bytes = 0;
  std::uint16_t thread = 0;
};

class CoarseGrid {
 public:
  // About `instants` instants between 0 and `end`, those of `exact`, and `settled`: instants up to there are all known,
  // later times stay as they are.
  CoarseGrid(std::vector<std::uint32_t> exact, std::uint32_t end, std::size_t instants,
             std::uint32_t settled = kAlive - 1);
  std::uint32_t at_or_after(std::uint32_t t) const;
  // The same whatever is settled.
  std::uint32_t next(std::uint32_t t) const;
  // The last instant before t; 0 if there is none.
  std::uint32_t before(std::uint32_t t) const;

 private:
  // The number of the first share's end at or after t.
  std::uint64_t share_at(std::uint32_t t) const {
    return end_ == 0 ? t : (std::uint64_t{t} * instants_ + end_ - 1) / end_;
  }
  std::uint32_t instant(std::uint64_t share) const { return static_cast<std::uint32_t>(end_ * share / instants_); }

  std::vector<std::uint32_t> exact_;  // sorted
  std::uint64_t end_, instants_;
  std::uint32_t settled_;
};

class RowTable {
 public:
  // The grid as far as it is known. Of all calls, a later one may leave out an instant that an earlier one had, unless
  // the last one has it.
  using GridSoFar = std::function<CoarseGrid()>;

  // Called when more than max_merged_rows are left after a merge: true if there is now a coarser grid, whose instants
  // are among those that it had, or if fewer stacks are kept.
  using Coarsen = std::function<bool(std::size_t rows)>;

  // Stacks are told as `fold` keeps them when they are merged; null: all by themselves.
  RowTable(GridSoFar grid, std::size_t max_exact_rows,
           std::size_t max_merged_rows = std::numeric_limits<std::size_t>::max(), Coarsen coarsen = {},
           const StackFold* fold = nullptr);

  // From now on rows come in the order of t1, and up to the newest t1 every instant is known. Call it again whenever
  // one comes to be known.
  void in_order();

  void add(const Row& row);
  // Whether there were more rows than stay as they are.
  bool is_merged() const { return is_merged_; }
  // All rows by t0. Call once, after the last add() and when the grid is known in full.
  std::vector<Row> take();

 private:
  struct Key {
    std::uint32_t t0, t1, stack;
    std::uint16_t thread;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    using is_avalanching = void;  // its bits are mixed well enough for the map to use them as they are
    std::size_t operator()(const Key& key) const;
  };
  struct Sum {
    std::uint64_t bytes = 0;
    std::uint32_t blocks = 0;
  };
  void merge();
  bool joins_recent(const Row& row);
  std::uint32_t kept(std::uint32_t stack) const { return fold_ != nullptr ? fold_->kept(stack) : stack; }

  GridSoFar grid_;
  std::size_t max_merged_rows_;
  Coarsen coarsen_;
  const StackFold* fold_;
  std::size_t max_rows_;   // before the next merge
  std::vector<Row> rows_;  // since the last merge
  boost::unordered_flat_map<Key, Sum, KeyHash> merged_;
  bool is_merged_ = false;

  // Rows in order: the newest step of the grid, and by stack its row of what began and ended there, in rows_.
  struct Step {
    std::uint32_t begin = 0, end = 0;  // begin is the instant before it
    std::size_t first_row = 0;
  };
  std::optional<CoarseGrid> steps_;
  Step step_;
  std::vector<std::uint32_t> recent_;
};

}  // namespace chunkmark::profile
