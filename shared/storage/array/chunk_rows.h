// ChunkRows: how the bytes of a chunk, in storage order, lie in the memory of a strided view.
//
// A chunk's serial form is its elements in C order, padding included. It is cut into equal rows of row_bytes,
// the longest for which [run_begin, run_end) is one run of memory and the rest is outside the view; each row
// of the serial form is then a run with padding before and after it, or padding altogether. Holds no bytes;
// borrows nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/array/shape.h"
#include "storage/array/view.h"

namespace chunkmark::array {

class ChunkRows {
 public:
  // The view covers `in_chunk`, a region of a chunk of shape `chunk_shape`.
  ChunkRows(const Shape& chunk_shape, const Region& in_chunk, const Strides& strides, std::size_t item_bytes);

  std::uint64_t row_bytes() const { return row_bytes_; }
  std::uint64_t run_begin() const { return run_begin_; }
  std::uint64_t run_end() const { return run_end_; }
  std::uint64_t run_bytes() const { return run_end_ - run_begin_; }
  // The whole serial form.
  std::uint64_t bytes() const { return bytes_; }
  // The bounds of what the view covers, as serial offsets; equal when it covers nothing.
  std::uint64_t covered_begin() const { return covered_begin_; }
  std::uint64_t covered_end() const { return covered_end_; }

  // Walks the rows in order. Address of a row's run = the view's data + memory_offset().
  class Cursor {
   public:
    Cursor(const ChunkRows& rows, std::uint64_t row);
    // False when the whole row is padding.
    bool in_view() const { return outside_ == 0; }
    std::int64_t memory_offset() const { return offset_; }
    // How many rows from this one on differ only in the innermost dimension and are in view; 0 when this one
    // is not.
    std::uint64_t rows_at_stride() const;
    std::int64_t stride() const;
    // How many rows from this one on are padding altogether, though more may follow; 0 when this one is in view.
    std::uint64_t rows_outside() const;
    void advance(std::uint64_t rows);

   private:
    void seek(std::uint64_t row);

    const ChunkRows& rows_;
    std::uint64_t row_ = 0;
    std::vector<std::uint64_t> index_;
    std::int64_t offset_ = 0;
    std::size_t outside_ = 0;  // dimensions whose index is outside the view
  };

 private:
  struct Dim {
    std::uint64_t count, begin, end;  // the view covers indices [begin, end) of count
    std::int64_t stride;
  };

  std::vector<Dim> outer_;  // slowest first
  std::uint64_t row_bytes_ = 0, run_begin_ = 0, run_end_ = 0;
  std::uint64_t bytes_ = 0, covered_begin_ = 0, covered_end_ = 0;
};

}  // namespace chunkmark::array
