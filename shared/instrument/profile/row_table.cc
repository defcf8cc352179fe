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
    : exact_(std::move(exact)), end_(end), instants_(instants), settled_(settled) {
  std::sort(exact_.begin(), exact_.end());
}

std::uint32_t CoarseGrid::at_or_after(std::uint32_t t) const {
  return t > settled_ ? t : std::min(next(t), settled_);  // kAlive among those later
}

std::uint32_t CoarseGrid::next(std::uint32_t t) const {
  const auto at = std::lower_bound(exact_.begin(), exact_.end(), t);
  std::uint32_t found = at != exact_.end() ? *at : kAlive;
  if (t <= end_) found = std::min(found, instant(share_at(t)));
  return found == kAlive ? t : found;
}

std::uint32_t CoarseGrid::before(std::uint32_t t) const {
  const auto at = std::lower_bound(exact_.begin(), exact_.end(), t);
  const std::uint32_t found = at != exact_.begin() ? *std::prev(at) : 0;
  if (t == 0) return found;
  return std::max(found, t > end_ ? static_cast<std::uint32_t>(end_) : instant(share_at(t) - 1));
}

std::size_t RowTable::KeyHash::operator()(const Key& key) const {
  // Multiplication and folding of two odd constants' products: the mixing step of wyhash.
  const std::uint64_t times = (std::uint64_t{key.t0} << 32 | key.t1) ^ 0x9e3779b97f4a7c15u;
  const std::uint64_t place = (std::uint64_t{key.stack} << 16 | key.thread) ^ 0xbf58476d1ce4e5b9u;
  std::uint64_t mixed = times * 0x94d049bb133111ebu ^ place;
  mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

RowTable::RowTable(GridSoFar grid, std::size_t max_exact_rows, std::size_t max_merged_rows, Coarsen coarsen,
                   const StackFold* fold)
    : grid_(std::move(grid)),
      max_merged_rows_(max_merged_rows),
      coarsen_(std::move(coarsen)),
      fold_(fold),
      max_rows_(max_exact_rows) {}

void RowTable::add(const Row& row) {
  if (!steps_ || !is_merged_ || !joins_recent(row)) rows_.push_back(row);
  if (rows_.size() > max_rows_) merge();
}

void RowTable::in_order() {
  if (!is_merged_) {
    steps_.emplace(std::vector<std::uint32_t>(), 0, 1);  // not asked for before the first merge
    return;
  }
  steps_ = grid_();
  if (const std::uint32_t begin = steps_->before(step_.end); begin != step_.begin) step_ = {0, 0, 0};
}

// What begins and ends between two instants has, on the grid, the next of them as both its times: which one that will
// be need not be known. Such rows of one stack and thread become one as they come, at the newest of their times. True
// if this row is one of them.
bool RowTable::joins_recent(const Row& row) {
  if (row.t1 > step_.end) step_ = {steps_->before(row.t1), steps_->next(row.t1), rows_.size()};
  if (row.t0 <= step_.begin || row.t1 == kAlive) return false;
  const std::uint32_t stack = kept(row.stack);
  if (stack >= recent_.size()) recent_.resize(stack + std::size_t{1}, ~std::uint32_t{0});
  std::uint32_t& at = recent_[stack];
  const auto is_of_step = [&](const Row& of) {  // the number may be of rows that were merged since
    return of.stack == stack && of.thread == row.thread && of.t0 == of.t1;
  };
  if (at >= step_.first_row && at < rows_.size() && is_of_step(rows_[at])) {
    Row& recent = rows_[at];
    recent.t0 = recent.t1 = row.t1;
    recent.bytes += row.bytes;
    recent.blocks += row.blocks;
    return true;
  }
  at = static_cast<std::uint32_t>(rows_.size());
  rows_.push_back({row.t1, row.t1, stack, row.blocks, row.bytes, row.thread});
  return true;
}

void RowTable::merge() {
  const CoarseGrid grid = grid_();
  decltype(merged_) merged;
  merged.reserve(merged_.size() + rows_.size());
  const auto add = [&](const Key& key, const Sum& sum) {
    Sum& total = merged[{grid.at_or_after(key.t0), grid.at_or_after(key.t1), kept(key.stack), key.thread}];
    total.bytes += sum.bytes;
    total.blocks += sum.blocks;
  };
  for (const auto& [key, sum] : merged_) add(key, sum);
  for (const Row& row : rows_) add({row.t0, row.t1, row.stack, row.thread}, {row.bytes, row.blocks});
  merged_ = std::move(merged);
  rows_.clear();
  is_merged_ = true;
  step_ = {};
  if (steps_) steps_ = grid;
  if (merged_.size() > max_merged_rows_ && coarsen_ && coarsen_(merged_.size())) return merge();
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
  // By all that they are: the same wherever this is compiled.
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.t0, a.t1, a.stack, a.thread, a.bytes, a.blocks) <
           std::tie(b.t0, b.t1, b.stack, b.thread, b.bytes, b.blocks);
  });
  return std::move(rows_);
}

}  // namespace chunkmark::profile
