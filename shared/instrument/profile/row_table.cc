#include "instrument/profile/row_table.h"

#include <algorithm>
#include <tuple>

namespace chunkmark::profile {

CoarseGrid::CoarseGrid(std::vector<std::uint32_t> exact, std::uint32_t end, std::size_t instants)
    : instants_(std::move(exact)) {
  for (std::size_t i = 0; i <= instants; ++i) {
    instants_.push_back(static_cast<std::uint32_t>(std::uint64_t{end} * i / instants));
  }
  std::sort(instants_.begin(), instants_.end());
  instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
}

std::uint32_t CoarseGrid::at_or_after(std::uint32_t t) const {
  if (t == kAlive) return t;
  const auto at = std::lower_bound(instants_.begin(), instants_.end(), t);
  return at != instants_.end() ? *at : t;
}

std::size_t RowTable::KeyHash::operator()(const Key& key) const {
  // Multiplication and folding of two odd constants' products: the mixing step of wyhash.
  const std::uint64_t times = (std::uint64_t{key.t0} << 32 | key.t1) ^ 0x9e3779b97f4a7c15u;
  const std::uint64_t place = (std::uint64_t{key.stack} << 16 | key.thread) ^ 0xbf58476d1ce4e5b9u;
  std::uint64_t mixed = times * 0x94d049bb133111ebu ^ place;
  mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

RowTable::RowTable(std::shared_ptr<const CoarseGrid> grid, std::size_t enough_rows)
    : grid_(std::move(grid)), enough_rows_(enough_rows) {}

void RowTable::add(const Row& row) {
  if (!merged_.empty()) {
    merge(row);
    return;
  }
  rows_.push_back(row);
  if (rows_.size() <= enough_rows_) return;
  for (const Row& kept : rows_) merge(kept);
  rows_ = {};
}

void RowTable::merge(const Row& row) {
  Sum& sum = merged_[{grid_->at_or_after(row.t0), grid_->at_or_after(row.t1), row.stack, row.thread}];
  sum.bytes += row.bytes;
  sum.blocks += row.blocks;
}

std::vector<Row> RowTable::take() {
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
