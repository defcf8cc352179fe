// Runs: the indexes along one axis that a hyperslab selects, in order, as runs of neighbours.
//
// Pure functions; numbers that do not fit are kUndefined. Errors: kUnsupported for more than kMaxBlocks runs.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/hdf5/selection.h"

namespace chunkmark::hdf5 {

struct Run {
  std::uint64_t start, count;
};
using Runs = std::vector<Run>;

// All of a limited axis; the first `slices` indexes of any.
Runs runs_of(const Selection::Axis& axis);
Runs runs_of(const Selection::Axis& axis, std::uint64_t slices);
// How many indexes an unlimited axis selects among the first `extent`.
std::uint64_t slices_in(const Selection::Axis& axis, std::uint64_t extent);

std::uint64_t total(const Runs& runs);
// The index behind the last; 0 of none.
std::uint64_t end_of(const Runs& runs);

}  // namespace chunkmark::hdf5
