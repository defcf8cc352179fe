// Columns made small: what one page can hold of a run of any length, with all sums as they are.
//
// Rows of small stacks go to the nearest caller that is kept; times move to the first instant of a grid at or after
// them (row_table.h); rows that then agree become one. Bytes, blocks and calls are never dropped.
#pragma once

#include "instrument/capture/stack_tree.h"
#include "instrument/profile/columns.h"

namespace chunkmark::profile {

// Folds stacks until their tree has at most max_stacks nodes and each table at most max_rows rows; what weighs most
// stays, and a stack's callers always weigh as much as it does.
void fold_stacks(Columns& columns, const capture::StackTree& tree, std::size_t max_stacks, std::size_t max_rows);

// What lives or happens between two ticks. What lived before `from` was born at the tick before it, and what lives on
// after `to` ends at the tick after it, or never. Up to max_exact_rows as they are, else at `instants` instants of the
// range and those of `exact`.
Columns part_of(const Columns& columns, std::uint32_t from, std::uint32_t to, const Coarseness& coarseness,
                const std::vector<std::uint32_t>& exact = {});

}  // namespace chunkmark::profile
