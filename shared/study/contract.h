// The zero-copy contract: when a cell of the copy study is zero (architecture.md, section 4; bounds in
// record/bounds.h).
#pragma once

#include <optional>

#include "record/copy_row.h"
#include "study/copy_case.h"

namespace chunkmark::study {

// Whether the cell is zero by the contract; unset when nothing speaks against it but the slope was not measured, the
// array was not seen, or a figure that decides is not known.
std::optional<bool> zero(const record::CopyRow& row);

// The second size of a slope: four times the bytes in as many chunks. Array and chunk twice as long along the first two
// dimensions, or four times along the only one.
CopyCase four_times(CopyCase copy_case);

// Of the heap beside the array, how many bytes came with each byte of array; unset where a heap is not known.
std::optional<double> slope(const figures::CopyFigures& small, const figures::CopyFigures& large);

// The middle one, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

}  // namespace chunkmark::study
