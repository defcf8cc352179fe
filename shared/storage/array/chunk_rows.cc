#include "storage/array/chunk_rows.h"

#include <algorithm>

namespace chunkmark::array {

// From the innermost dimension outwards, a dimension joins the row as long as all inside it is one run without padding
// and its own step is that run's length: then its covered indices are one run as well, with its padding before and
// behind. The first dimension that cannot join ends the row, and all outside it are counted by the cursor; those of one
// covered index of one are left out, since they add nothing to any offset. The bounds of what is covered are the serial
// offsets of the box's first and last element, which need no row: each dimension adds its index times what lies inside.
ChunkRows::ChunkRows(const Shape& chunk_shape, const Region& in_chunk, const Strides& strides, std::size_t item_bytes) {
  row_bytes_ = run_end_ = bytes_ = item_bytes;
  std::uint64_t covered_last = 0;  // serial offset of the last covered element
  bool covers = true;
  for (std::size_t i = chunk_shape.size(); i-- > 0;) {
    const Dim dim{chunk_shape[i], in_chunk.start[i], in_chunk.start[i] + in_chunk.shape[i], strides[i]};
    covers = covers && dim.end > dim.begin;
    if (covers) {
      covered_begin_ += dim.begin * bytes_;
      covered_last += (dim.end - 1) * bytes_;
    }
    bytes_ *= dim.count;
    const bool dense = dim.stride == static_cast<std::int64_t>(row_bytes_) || dim.end - dim.begin <= 1;
    if (outer_.empty() && run_bytes() == row_bytes_ && dense) {
      run_begin_ = dim.begin * row_bytes_;
      run_end_ = dim.end * row_bytes_;
      row_bytes_ *= dim.count;
    } else if (dim.count > 1 || dim.end == dim.begin) {
      outer_.insert(outer_.begin(), dim);
    }
  }
  covered_end_ = covers ? covered_last + item_bytes : covered_begin_;
}

ChunkRows::Cursor::Cursor(const ChunkRows& rows, std::uint64_t row) : rows_(rows), index_(rows.outer_.size()) {
  seek(row);
}

void ChunkRows::Cursor::seek(std::uint64_t row) {
  row_ = row;
  offset_ = 0;
  outside_ = 0;
  for (std::size_t i = index_.size(); i-- > 0;) {
    const Dim& dim = rows_.outer_[i];
    index_[i] = row % dim.count;
    row /= dim.count;
    if (index_[i] < dim.begin || index_[i] >= dim.end) ++outside_;
    offset_ += (static_cast<std::int64_t>(index_[i]) - static_cast<std::int64_t>(dim.begin)) * dim.stride;
  }
}

std::uint64_t ChunkRows::Cursor::rows_at_stride() const {
  if (!in_view()) return 0;
  return index_.empty() ? 1 : rows_.outer_.back().end - index_.back();
}

std::int64_t ChunkRows::Cursor::stride() const {
  return index_.empty() ? 0 : rows_.outer_.back().stride;
}

// The slowest dimension that is outside stays so until its index enters the view or starts anew.
std::uint64_t ChunkRows::Cursor::rows_outside() const {
  std::uint64_t within = 0, inner = 1;  // the row's number in the dimensions inside of i, and how many these have
  std::uint64_t rows = 0;
  for (std::size_t i = index_.size(); i-- > 0;) {
    const Dim& dim = rows_.outer_[i];
    const std::uint64_t at = index_[i];
    if (at < dim.begin || at >= dim.end) rows = ((at < dim.begin ? dim.begin : dim.count) - at) * inner - within;
    within += at * inner;
    inner *= dim.count;
  }
  return rows;
}

void ChunkRows::Cursor::advance(std::uint64_t rows) {
  if (index_.empty()) return;
  // Most steps stay inside the innermost dimension and inside the view.
  const Dim& inner = rows_.outer_.back();
  if (in_view() && index_.back() + rows < inner.end) {
    index_.back() += rows;
    row_ += rows;
    offset_ += static_cast<std::int64_t>(rows) * inner.stride;
    return;
  }
  seek(row_ + rows);
}

}  // namespace chunkmark::array
