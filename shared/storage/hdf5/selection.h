// Selection: the elements of a dataspace that a mapping of a virtual dataset or a region reference names, as stored.
//
// A value. Regular hyperslabs keep their four numbers per axis (a count or a block may be unlimited), others their
// boxes or points. Errors: kCorrupt, kUnsupported, naming the cursor's structure. Source: HDF5 File Format
// Specification 3.0, VII.D (dataspace selections, versions 1 to 3).
#pragma once

#include <cstdint>
#include <vector>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

// Blocks and points that one list of selections may have together; the bound is of memory.
inline constexpr std::uint64_t kMaxBlocks = 1 << 20;

struct Selection {
  enum class Kind : std::uint8_t { kNone, kAll, kRegular, kBoxes, kPoints };
  struct Axis {
    std::uint64_t start = 0, stride = 1, count = 1, block = 1;  // kUndefined: an unlimited count or block
    bool unlimited() const { return count == kUndefined || block == kUndefined; }
  };

  Kind kind = Kind::kNone;
  unsigned rank = 0;                  // of kRegular, kBoxes and kPoints
  std::vector<Axis> axes;             // kRegular
  std::vector<std::uint64_t> boxes;   // kBoxes: a start and a count per axis, box by box
  std::vector<std::uint64_t> points;  // kPoints: point by point
};

// Replaces `selection`, whose memory is used again. `blocks_left` is what remains of kMaxBlocks.
void parse_selection(Cursor& cursor, std::uint64_t& blocks_left, Selection& selection);

// Boxes instead of a regular hyperslab, in row-major order; the others are left alone. Errors: kUnsupported where an
// axis is unlimited.
void expand_to_boxes(Selection& selection, std::uint64_t& blocks_left, std::string_view what);

}  // namespace chunkmark::hdf5
