#include "storage/hdf5/axis_runs.h"

#include <algorithm>

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {
namespace {

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? kUndefined : sum;
}

}  // namespace

Runs runs_of(const Selection::Axis& axis, std::uint64_t slices) {
  if (slices == 0 || axis.block == 0) return {};
  if (axis.block == kUndefined || axis.block == axis.stride || slices <= axis.block) return {{axis.start, slices}};
  if (slices / axis.block >= kMaxBlocks)
    unsupported("a virtual dataset", "selections of more than " + std::to_string(kMaxBlocks) + " blocks");
  Runs runs;
  for (std::uint64_t block = 0; slices > 0; ++block) {
    const std::uint64_t count = std::min(slices, axis.block);
    runs.push_back({add(axis.start, saturating_multiply(block, axis.stride)), count});
    slices -= count;
  }
  return runs;
}

Runs runs_of(const Selection::Axis& axis) {
  return runs_of(axis, saturating_multiply(axis.count, axis.block));
}

std::uint64_t slices_in(const Selection::Axis& axis, std::uint64_t extent) {
  if (extent <= axis.start) return 0;
  const std::uint64_t reach = extent - axis.start;
  if (axis.block == kUndefined) return reach;
  if (axis.stride == 0 || axis.block == 0) return 0;
  const std::uint64_t full = (reach - 1) / axis.stride;
  return full * axis.block + std::min(axis.block, reach - full * axis.stride);
}

std::uint64_t total(const Runs& runs) {
  std::uint64_t sum = 0;
  for (const Run& run : runs) sum = add(sum, run.count);
  return sum;
}

std::uint64_t end_of(const Runs& runs) {
  return runs.empty() ? 0 : add(runs.back().start, runs.back().count);
}

}  // namespace chunkmark::hdf5
