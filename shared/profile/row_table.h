// Coarse grid: the columns of a long run in few rows, for a report that must stay small.
//
// Times move to the first instant of a grid at or after them, then rows that agree in everything but bytes and blocks
// become one. What is alive at an instant of the grid stays exact; the instants that a reader will ask for first (the
// heap peak, the ends of the window, the marks) are given as `exact` and belong to the grid.
#pragma once

#include <vector>

#include "profile/columns.h"

namespace chunkmark::profile {

// Leaves columns of at most `enough_rows` rows as they are; otherwise merges on about `instants` instants.
void coarsen(Columns& columns, std::vector<std::uint32_t> exact, std::size_t enough_rows, std::size_t instants);

}  // namespace chunkmark::profile
