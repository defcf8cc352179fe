#include "instrument/profile/row_table.h"

#include <algorithm>
#include <tuple>

// Merging rounds both times of a row up to the grid: a row is alive at an instant g of the grid before as after, since
// t <= g exactly if at_or_after(t) <= g.
//
// Rows come while the run is read, when the instant that matters most, the heap peak, is known only as the highest so
// far. It is enough to round to the grid that is known then, with the newest settled time as an instant of its own:
//   * An instant that comes to be known later lies behind the settled time. No row that was rounded so far has a time
//     behind that, nor was one moved across it.
//   * An instant known now that turns out not to matter (a peak that another outdid, an earlier settled time) is left
//     out of the next grid, and the rows on it move on. Rounding to a finer grid first changes nothing: with F a
//     superset of G up to the settled time, G(F(t)) = G(t).
// So the last merge, on the full grid, gives the rows that it would have given had it been known from the beginning.
namespace chunkmark::profile {

CoarseGrid::CoarseGrid(std::vector<std::uint32_t> exact, std::uint32_t end, std::size_t instants, std::uint32_t settled)
    : instants_(std::move(exact)), settled_(settled) {
  for (std::size_t i = 0; i <= instants; ++i) {
    instants_.push_back(static_cast<std::uint32_t>(std::uint64_t{end} * i / instants));
  }
  std::sort(instants_.begin(), instants_.end());
  instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
}

std::uint32_t CoarseGrid::at_or_after(std::uint32_t t) const {
  if (t > settled_) return t;  // kAlive among them
  const auto at = std::lower_bound(instants_.begin(), instants_.end(), t);
  return at != instants_.end() ? std::min(*at, settled_) : t;
}

std::size_t RowTable::KeyHash::operator()(const Key& key) const {
  // Multiplication and folding of two odd constants' products: the mixing step of wyhash.
  const std::uint64_t times = (std::uint64_t{key.t0} << 32 | key.t1) ^ 0x9e3779b97f4a7c15u;
  const std::uint64_t place = (std::uint64_t{key.stack} << 16 | key.thread) ^ 0xbf58476d1ce4e5b9u;
  std::uint64_t mixed = times * 0x94d049bb133111ebu ^ place;
  mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

RowTable::RowTable(GridSoFar grid, std::size_t max_exact_rows, std::size_t max_merged_rows, Coarsen coarsen)
    : grid_(std::move(grid)),
      max_merged_rows_(max_merged_rows),
      coarsen_(std::move(coarsen)),
      max_rows_(max_exact_rows) {}

void RowTable::add(const Row& row) {
  rows_.push_back(row);
  if (rows_.size() > max_rows_) merge();
}

void RowTable::merge() {
  const CoarseGrid grid = grid_();
  decltype(merged_) merged;
  const auto add = [&](const Key& key, const Sum& sum) {
    Sum& total = merged[{grid.at_or_after(key.t0), grid.at_or_after(key.t1), key.stack, key.thread}];
    total.bytes += sum.bytes;
    total.blocks += sum.blocks;
  };
  for (const auto& [key, sum] : merged_) add(key, sum);
  for (const Row& row : rows_) add({row.t0, row.t1, row.stack, row.thread}, {row.bytes, row.blocks});
  merged_ = std::move(merged);
  rows_.clear();
  is_merged_ = true;
  if (merged_.size() > max_merged_rows_ && coarsen_ && coarsen_()) return merge();
  // As many rows again before all of them are looked at again: each is, on average, looked at twice.
  max_rows_ = std::max(max_rows_, merged_.size());
}

std::vector<Row> RowTable::take() {
  if (is_merged_) merge();
  rows_.reserve(rows_.size() + merged_.size());
  for (const auto& [key, sum] : merged_) {
    rows_.push_back({key.t0, key.t1, key.stack, sum.blocks, sum.bytes, key.thread});
  }
  merged_ = {};
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.t0, a.t1, a.stack, a.thread, a.bytes) < std::tie(b.t0, b.t1, b.stack, b.thread, b.bytes);
  });
  return std::move(rows_);
}

}  // namespace chunkmark::profile
