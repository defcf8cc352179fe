#include "storage/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "storage/hdf5/b_tree_v2.h"

namespace chunkmark::hdf5 {

namespace {

unsigned log2_floor(std::uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value)) - 1;
}

unsigned width_for(std::uint64_t limit) {
  return log2_floor(limit) / 8 + 1;
}

}  // namespace

FractalHeap::FractalHeap(const Container& container, std::uint64_t address)
    : container_(container), name_("fractal heap at " + std::to_string(address)) {
  const Widths widths = container.widths();
  const std::uint64_t size = 26 + 12ull * widths.length + 3ull * widths.offset;
  const Block block =
      container.read(address, std::min(size, container.size() - std::min(address, container.size())), name_);
  Cursor cursor(block.bytes(), name_, widths);
  cursor.expect("FRHP");
  if (const unsigned version = cursor.u8(); version != 0)
    unsupported(name_, "version " + std::to_string(version) + ", expected 0");
  id_bytes_ = cursor.u16();
  if (cursor.u16() != 0) unsupported(name_, "its blocks are filtered");
  checksums_ = cursor.u8() & 2;
  max_managed_bytes_ = cursor.u32();
  cursor.length();  // next huge ID
  huge_tree_ = cursor.address();
  cursor.length();
  cursor.address();
  for (int i = 0; i < 8; ++i) cursor.length();  // space and object counts
  width_ = cursor.u16();
  start_bytes_ = cursor.length();
  max_direct_bytes_ = cursor.length();
  max_heap_bits_ = cursor.u16();
  cursor.skip(2);
  root_ = cursor.address();
  root_rows_ = cursor.u16();
  if (width_ == 0 || !std::has_single_bit(width_) || !std::has_single_bit(start_bytes_) ||
      !std::has_single_bit(max_direct_bytes_) || max_direct_bytes_ < start_bytes_ || max_heap_bits_ > 64 ||
      max_heap_bits_ == 0 || max_managed_bytes_ == 0 || root_rows_ > 64 || start_bytes_ > container.size() ||
      max_direct_bytes_ > std::uint64_t{1} << 32) {
    corrupt(name_, "rows of " + std::to_string(width_) + " blocks from " + std::to_string(start_bytes_) + " to " +
                       std::to_string(max_direct_bytes_) + " bytes, " + std::to_string(root_rows_) + " rows in 2^" +
                       std::to_string(max_heap_bits_) + " bytes: expected powers of 2 that grow");
  }
}

std::vector<std::byte> FractalHeap::get(ByteView id) const {
  Cursor cursor(id, name_, container_.widths());
  const unsigned first = cursor.u8();
  switch (first >> 4 & 3) {
    case 0: {
      const std::uint64_t offset = cursor.number((max_heap_bits_ + 7) / 8);
      const unsigned length_width = std::min(width_for(max_direct_bytes_), width_for(max_managed_bytes_));
      return managed(offset, cursor.number(length_width));
    }
    case 1:
      return huge(cursor.rest());
    case 2: {
      // Up to 16 bytes of ID say the length in four bits, longer ones in twelve.
      const bool extended = id_bytes_ - 1 > 16;
      const std::size_t length = (extended ? (first & 15u) << 8 | cursor.u8() : first & 15u) + 1;
      const ByteView bytes = cursor.bytes(length);
      return {bytes.begin(), bytes.end()};
    }
    default:
      corrupt(name_, "an object ID of kind " + std::to_string(first >> 4 & 3) + ", expected 0 to 2");
  }
}

std::uint64_t FractalHeap::row_block_bytes(unsigned row) const {
  const unsigned shift = row == 0 ? 0 : row - 1;
  if (shift >= 63 || start_bytes_ > kUndefined >> (shift + 1))
    corrupt(name_, "row " + std::to_string(row) + " of blocks from " + std::to_string(start_bytes_) +
                       " bytes is past any size");
  return start_bytes_ << shift;
}

// The heap is one range of addresses ("offsets"), cut into rows of `width_` blocks: rows 0 and 1 have blocks of
// start_bytes_, each later row blocks twice as large as the row before. Rows with blocks of up to max_direct_bytes_
// point to direct blocks, which hold objects; later rows to indirect blocks, which cut their own range the same way,
// from start_bytes_ again. An object lies wholly in one direct block, at its offset less that of the block's start,
// prefix included, so the walk needs no sizes but the table's: find the row and column that the offset falls into,
// follow the pointer, and go on inside with the offset of that block.
//
// n rows cover width_ * start_bytes_ * 2^(n - 1) bytes. So an indirect block of B bytes has
// log2(B) - log2(width_ * start_bytes_) + 1 rows, which for a block in row r is r - log2(width_): fewer than the rows
// of its parent. `rows` falls at every step, and the walk ends.
std::vector<std::byte> FractalHeap::managed(std::uint64_t offset, std::uint64_t length) const {
  const Widths widths = container_.widths();
  const unsigned max_direct_rows = log2_floor(max_direct_bytes_) - log2_floor(start_bytes_) + 2;
  const std::uint64_t block_prefix = 5 + widths.offset + (max_heap_bits_ + 7) / 8;
  std::uint64_t address = root_, block_start = 0, block_bytes = start_bytes_;
  unsigned rows = root_rows_;
  while (rows > 0) {  // each step goes into a smaller block
    std::uint64_t at = block_start;
    unsigned row = 0;
    for (;; ++row) {
      if (row == rows) corrupt(name_, "offset " + std::to_string(offset) + " lies outside it");
      const std::uint64_t row_bytes = row_block_bytes(row) * width_;
      if (offset - at < row_bytes) break;
      at += row_bytes;
    }
    block_bytes = row_block_bytes(row);
    const std::uint64_t column = (offset - at) / block_bytes;
    const std::uint64_t entry = block_prefix + (std::uint64_t{row} * width_ + column) * widths.offset;
    const Block pointer = container_.read(address + entry, widths.offset, name_);
    address = Cursor(pointer.bytes(), name_, widths).address();
    block_start = at + column * block_bytes;
    if (row < max_direct_rows) break;
    const unsigned covered = log2_floor(block_bytes), first_row = log2_floor(start_bytes_ * width_);
    if (covered < first_row || covered - first_row + 1 >= rows)
      corrupt(name_, "an indirect block of " + std::to_string(block_bytes) + " bytes inside one of " +
                         std::to_string(rows) + " rows");
    rows = covered - first_row + 1;
  }
  const std::uint64_t inside = offset - block_start;
  if (inside < block_prefix + (checksums_ ? 4 : 0) || inside > block_bytes || length > block_bytes - inside) {
    corrupt(name_, std::to_string(length) + " bytes at " + std::to_string(inside) + " of a block of " +
                       std::to_string(block_bytes));
  }
  const Block start = container_.read(address, 4, name_);
  Cursor(start.bytes(), name_).expect("FHDB");
  const Block object = container_.read(address + inside, length, name_);
  return {object.bytes().begin(), object.bytes().end()};
}

std::vector<std::byte> FractalHeap::huge(ByteView rest) const {
  const Widths widths = container_.widths();
  // IDs that have room hold address and length themselves; shorter ones a key into a B-tree.
  if (id_bytes_ - 1 >= widths.offset + widths.length) {
    Cursor cursor(rest, name_, widths);
    const std::uint64_t address = cursor.address();
    const Block object = container_.read(address, cursor.length(), name_);
    return {object.bytes().begin(), object.bytes().end()};
  }
  const std::uint64_t wanted = Cursor(rest, name_).number(static_cast<unsigned>(std::min<std::size_t>(rest.size(), 8)));
  const BTreeV2 tree(container_, huge_tree_);
  if (tree.type() != 1) unsupported(name_, "its huge objects are filtered");
  std::vector<std::byte> found;
  bool seen = false;
  tree.visit({}, [&](ByteView record) {
    Cursor cursor(record, name_, widths);
    const std::uint64_t address = cursor.address();
    const std::uint64_t length = cursor.length();
    if (cursor.length() != wanted) return true;
    const Block object = container_.read(address, length, name_);
    found.assign(object.bytes().begin(), object.bytes().end());
    seen = true;
    return false;
  });
  if (!seen) corrupt(name_, "has no huge object " + std::to_string(wanted));
  return found;
}

}  // namespace chunkmark::hdf5
