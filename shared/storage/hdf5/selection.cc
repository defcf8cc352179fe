#include "storage/hdf5/selection.h"

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {
namespace {

constexpr std::uint32_t kNoSelection = 0, kPointSelection = 1, kHyperslab = 2, kAllSelection = 3;
constexpr unsigned kMaxRank = 32;

void spend(std::uint64_t& left, std::string_view what) {
  if (left-- == 0) {
    left = 0;
    unsupported(what, "selections of more than " + std::to_string(kMaxBlocks) + " blocks");
  }
}

void read_regular(Cursor& cursor, unsigned width, Selection& selection) {
  const std::uint64_t unlimited = width == 8 ? kUndefined : (std::uint64_t{1} << (8 * width)) - 1;
  const auto number = [&] {
    const std::uint64_t value = cursor.number(width);
    return value == unlimited ? kUndefined : value;
  };
  selection.kind = Selection::Kind::kRegular;
  for (unsigned i = 0; i < selection.rank; ++i) {
    Selection::Axis axis;
    axis.start = cursor.number(width);
    axis.stride = cursor.number(width);
    axis.count = number();
    axis.block = number();
    if (axis.count == kUndefined && axis.block == kUndefined)
      corrupt(cursor.what(), "count and block both unlimited along axis " + std::to_string(i));
    if (axis.count > 1 && axis.block != 0 && axis.stride < axis.block)
      corrupt(cursor.what(), "blocks of " + std::to_string(axis.block) + " every " + std::to_string(axis.stride) +
                                 " along axis " + std::to_string(i) + " overlap");
    selection.axes.push_back(axis);
  }
}

// A start and an inclusive end per axis, block by block.
void read_boxes(Cursor& cursor, unsigned width, std::uint64_t blocks, std::uint64_t& left, Selection& selection) {
  selection.kind = Selection::Kind::kBoxes;
  std::vector<std::uint64_t> start(selection.rank);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    spend(left, cursor.what());
    for (std::uint64_t& s : start) s = cursor.number(width);
    for (const std::uint64_t s : start) {
      const std::uint64_t end = cursor.number(width);
      if (end < s || end - s == kUndefined)
        corrupt(cursor.what(), "a block from " + std::to_string(s) + " to " + std::to_string(end));
      selection.boxes.push_back(s);
      selection.boxes.push_back(end - s + 1);
    }
  }
}

void read_points(Cursor& cursor, unsigned width, std::uint64_t points, std::uint64_t& left, Selection& selection) {
  selection.kind = Selection::Kind::kPoints;
  for (std::uint64_t i = 0; i < points; ++i) {
    spend(left, cursor.what());
    for (unsigned axis = 0; axis < selection.rank; ++axis) selection.points.push_back(cursor.number(width));
  }
}

unsigned read_width(Cursor& cursor) {
  const unsigned width = cursor.u8();
  if (width != 2 && width != 4 && width != 8)
    corrupt(cursor.what(), "numbers of " + std::to_string(width) + " bytes, expected 2, 4 or 8");
  return width;
}

void read_rank(Cursor& cursor, Selection& selection) {
  selection.rank = cursor.u32();
  if (selection.rank == 0 || selection.rank > kMaxRank)
    corrupt(cursor.what(), "a selection of rank " + std::to_string(selection.rank) + ", expected 1 to 32");
}

[[noreturn]] void refuse_version(const Cursor& cursor, std::uint32_t version, const char* expected) {
  unsupported(cursor.what(), "selection version " + std::to_string(version) + ", expected " + expected);
}

}  // namespace

void parse_selection(Cursor& cursor, std::uint64_t& left, Selection& selection) {
  selection.kind = Selection::Kind::kNone;
  selection.rank = 0;
  selection.axes.clear();
  selection.boxes.clear();
  selection.points.clear();
  const std::uint32_t type = cursor.u32();
  const std::uint32_t version = cursor.u32();
  switch (type) {
    case kNoSelection:
    case kAllSelection:
      cursor.skip(8);
      if (type == kAllSelection) selection.kind = Selection::Kind::kAll;
      return;
    case kPointSelection: {
      unsigned width = 4;
      if (version == 1) {
        cursor.skip(8);
      } else if (version == 2) {
        width = read_width(cursor);
      } else {
        refuse_version(cursor, version, "1 or 2");
      }
      read_rank(cursor, selection);
      const std::uint64_t points = cursor.number(width);
      return read_points(cursor, width, points, left, selection);
    }
    case kHyperslab:
      break;
    default:
      unsupported(cursor.what(), "selection type " + std::to_string(type) + ", expected 0 to 3");
  }
  if (version == 1) {
    cursor.skip(8);
    read_rank(cursor, selection);
    const std::uint32_t blocks = cursor.u32();
    read_boxes(cursor, 4, blocks, left, selection);
  } else if (version == 2) {
    cursor.skip(5);  // flags, of which "regular" must be set, and the length
    read_rank(cursor, selection);
    read_regular(cursor, 8, selection);
  } else if (version == 3) {
    const unsigned flags = cursor.u8(), width = read_width(cursor);
    read_rank(cursor, selection);
    if (flags & 1) return read_regular(cursor, width, selection);
    const std::uint64_t blocks = cursor.number(width);
    read_boxes(cursor, width, blocks, left, selection);
  } else {
    refuse_version(cursor, version, "1 to 3");
  }
}

void expand_to_boxes(Selection& selection, std::uint64_t& left, std::string_view what) {
  if (selection.kind != Selection::Kind::kRegular) return;
  selection.kind = Selection::Kind::kBoxes;
  selection.boxes.clear();
  for (unsigned i = 0; i < selection.rank; ++i) {
    Selection::Axis& axis = selection.axes[i];
    if (axis.unlimited())
      unsupported(what, "an unlimited selection along axis " + std::to_string(i) + ", expected a limited one");
    if (axis.count == 0 || axis.block == 0) return;  // selects nothing
    if (axis.stride == axis.block) {                 // blocks that touch are one block
      axis.block = saturating_multiply(axis.block, axis.count);
      axis.count = 1;
    }
  }
  std::vector<std::uint64_t> at(selection.rank, 0);
  for (;;) {
    spend(left, what);
    for (unsigned i = 0; i < selection.rank; ++i) {
      const Selection::Axis& axis = selection.axes[i];
      std::uint64_t offset = saturating_multiply(at[i], axis.stride);
      if (__builtin_add_overflow(offset, axis.start, &offset)) offset = kUndefined;
      selection.boxes.push_back(offset);
      selection.boxes.push_back(axis.block);
    }
    unsigned i = selection.rank;
    while (i > 0 && ++at[i - 1] == selection.axes[i - 1].count) at[--i] = 0;
    if (i == 0) return;
  }
}

}  // namespace chunkmark::hdf5
