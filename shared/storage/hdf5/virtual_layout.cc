#include "storage/hdf5/virtual_layout.h"

#include <algorithm>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

// Entries of block version 1 that repeat a name say so and give the entry where it stands.
constexpr unsigned kFileShared = 1, kDatasetShared = 2, kSameFile = 4, kKnownFlags = 7;
// A regular selection of many blocks is kept block by block; upstream's have one. The bound is of memory.
constexpr std::uint64_t kMaxBlocks = 1 << 20;
constexpr std::uint32_t kNoSelection = 0, kHyperslab = 2, kAllSelection = 3;

struct Selection {
  bool all = false;
  std::vector<std::uint64_t> boxes;  // a start and a count per axis, box by box
};

void spend_block(std::uint64_t& left, std::string_view what) {
  if (left-- == 0) unsupported(what, "selections of more than " + std::to_string(kMaxBlocks) + " blocks");
}

// start, stride, count and block an axis.
void add_regular(Cursor& cursor, unsigned rank, unsigned width, Selection& selection, std::uint64_t& left) {
  const std::uint64_t unlimited = width == 8 ? kUndefined : (std::uint64_t{1} << (8 * width)) - 1;
  std::vector<std::uint64_t> start(rank), stride(rank), count(rank), block(rank);
  for (unsigned axis = 0; axis < rank; ++axis) {
    start[axis] = cursor.number(width);
    stride[axis] = cursor.number(width);
    count[axis] = cursor.number(width);
    block[axis] = cursor.number(width);
    if (count[axis] == unlimited || block[axis] == unlimited)
      unsupported(cursor.what(),
                  "an unlimited selection along axis " + std::to_string(axis) + ", expected a limited one");
    if (count[axis] == 0 || block[axis] == 0) return;  // selects nothing
    if (count[axis] > 1 && stride[axis] < block[axis])
      corrupt(cursor.what(), "blocks of " + std::to_string(block[axis]) + " every " + std::to_string(stride[axis]) +
                                 " along axis " + std::to_string(axis) + " overlap");
    if (stride[axis] == block[axis]) {  // blocks that touch are one block
      block[axis] = saturating_multiply(block[axis], count[axis]);
      count[axis] = 1;
    }
  }
  std::vector<std::uint64_t> at(rank, 0);
  for (;;) {
    spend_block(left, cursor.what());
    for (unsigned axis = 0; axis < rank; ++axis) {
      std::uint64_t offset = saturating_multiply(at[axis], stride[axis]);
      if (__builtin_add_overflow(offset, start[axis], &offset)) offset = kUndefined;
      selection.boxes.push_back(offset);
      selection.boxes.push_back(block[axis]);
    }
    unsigned axis = rank;
    while (axis > 0 && ++at[axis - 1] == count[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

// A start and an inclusive end an axis, block by block.
void add_irregular(Cursor& cursor, unsigned rank, unsigned width, std::uint64_t blocks, Selection& selection,
                   std::uint64_t& left) {
  if (rank == 0) corrupt(cursor.what(), "a selection of rank 0, expected at least 1");
  std::vector<std::uint64_t> start(rank);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    spend_block(left, cursor.what());
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

void parse_selection(Cursor& cursor, std::size_t rank, std::uint64_t& left, Selection& selection) {
  selection.all = false;
  selection.boxes.clear();
  const std::uint32_t type = cursor.u32();
  const std::uint32_t version = cursor.u32();
  if (type == kNoSelection || type == kAllSelection) {
    cursor.skip(8);
    selection.all = type == kAllSelection;
    return;
  }
  if (type != kHyperslab)
    unsupported(cursor.what(), "selection type " + std::to_string(type) + ", expected 0, 2 (hyperslab) or 3 (all)");
  const auto check_rank = [&](std::uint32_t found) {
    if (found != rank) {
      corrupt(cursor.what(), "a selection of rank " + std::to_string(found) + ", expected " + std::to_string(rank));
    }
    return found;
  };
  switch (version) {
    case 1: {
      cursor.skip(8);
      const unsigned found = check_rank(cursor.u32());
      const std::uint32_t blocks = cursor.u32();
      add_irregular(cursor, found, 4, blocks, selection, left);
      break;
    }
    case 2: {
      cursor.skip(5);  // flags, of which "regular" must be set, and the length
      add_regular(cursor, check_rank(cursor.u32()), 8, selection, left);
      break;
    }
    case 3: {
      const unsigned flags = cursor.u8(), width = cursor.u8();
      if (width != 2 && width != 4 && width != 8)
        corrupt(cursor.what(), "numbers of " + std::to_string(width) + " bytes, expected 2, 4 or 8");
      const unsigned found = check_rank(cursor.u32());
      if (flags & 1) {
        add_regular(cursor, found, width, selection, left);
      } else {
        const std::uint64_t blocks = cursor.number(width);
        add_irregular(cursor, found, width, blocks, selection, left);
      }
      break;
    }
    default:
      unsupported(cursor.what(), "selection version " + std::to_string(version) + ", expected 1 to 3");
  }
}

// The format pairs elements: the n-th element of the source selection with the n-th of the virtual one, both in
// row-major order. Pairing box with box, in the order in which they are written, gives the same pairs where the boxes
// of a pair have one shape and the boxes of a selection do not interleave; upstream and h5py write single boxes.
// Selections of which that cannot be said from their shapes are refused rather than guessed.
void add_pairs(Mappings& mappings, std::uint32_t source, Selection& from, Selection& to,
               std::span<const std::uint64_t> shape, std::string_view what) {
  const std::size_t rank = shape.size();
  if (to.all) {
    for (const std::uint64_t extent : shape) to.boxes.insert(to.boxes.end(), {0, extent});
  }
  if (from.all) {  // all of the source is as much as the virtual box has
    from.boxes = to.boxes;
    for (std::size_t i = 0; i < from.boxes.size(); i += 2) from.boxes[i] = 0;
  }
  const auto entry = [&] { return "mapping " + std::to_string(mappings.size()) + " of " + std::string(what); };
  if (from.boxes.size() != to.boxes.size())
    unsupported(entry(), "selections of " + std::to_string(from.boxes.size() / std::max<std::size_t>(2 * rank, 1)) +
                             " and " + std::to_string(to.boxes.size() / std::max<std::size_t>(2 * rank, 1)) +
                             " boxes, expected as many");
  for (std::size_t at = 0; at < to.boxes.size(); at += 2 * rank) {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::uint64_t start = to.boxes[at + 2 * axis], count = to.boxes[at + 2 * axis + 1];
      if (count != from.boxes[at + 2 * axis + 1])
        unsupported(entry(), "boxes of " + std::to_string(from.boxes[at + 2 * axis + 1]) + " and " +
                                 std::to_string(count) + " along axis " + std::to_string(axis) +
                                 ", expected equal ones");
      if (start > shape[axis] || count > shape[axis] - start) {
        corrupt(entry(), "covers [" + std::to_string(start) + ", +" + std::to_string(count) + ") of axis " +
                             std::to_string(axis) + ", which has " + std::to_string(shape[axis]));
      }
    }
    mappings.add(source, std::span(to.boxes).subspan(at, 2 * rank), std::span(from.boxes).subspan(at, 2 * rank));
  }
}

}  // namespace

void Mappings::add(std::uint32_t source, std::span<const std::uint64_t> virtual_box,
                   std::span<const std::uint64_t> source_box) {
  sources_of_.push_back(source);
  for (std::size_t axis = 0; axis < rank_; ++axis) boxes_.push_back(virtual_box[2 * axis]);
  for (std::size_t axis = 0; axis < rank_; ++axis) boxes_.push_back(source_box[2 * axis]);
  for (std::size_t axis = 0; axis < rank_; ++axis) boxes_.push_back(virtual_box[2 * axis + 1]);
}

std::uint32_t Mappings::intern(std::string_view file, std::string_view dataset) {
  // Files by upstream have one source a dataset; the one used last is the likeliest.
  constexpr std::size_t kLooks = 16;
  const std::size_t end = sources_.size() - std::min(sources_.size(), kLooks);
  for (std::size_t i = sources_.size(); i > end; --i) {
    if (sources_[i - 1].file == file && sources_[i - 1].dataset == dataset) return static_cast<std::uint32_t>(i - 1);
  }
  sources_.push_back({std::string(file), std::string(dataset)});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

Mappings parse_mappings(ByteView heap_object, std::span<const std::uint64_t> shape, Widths widths,
                        std::string_view name) {
  Cursor cursor(heap_object, name, widths);
  const unsigned version = cursor.u8();
  if (version > 1) {
    unsupported(name, "mappings of block version " + std::to_string(version) + ", this program knows 0 and 1");
  }
  const std::uint64_t entries = cursor.length();
  Mappings mappings(shape.size());
  std::vector<std::uint32_t> source_of_entry;
  std::uint64_t left = kMaxBlocks;
  Selection from, to;
  for (std::uint64_t i = 0; i < entries; ++i) {
    const unsigned flags = version == 1 ? cursor.u8() : 0;
    if (flags & ~kKnownFlags)
      unsupported(name, "a mapping with flags " + std::to_string(flags) + ", this program knows " +
                            std::to_string(kKnownFlags));
    const auto shared_entry = [&]() -> const Mappings::Source& {
      const std::uint64_t index = cursor.length();
      if (index >= i) corrupt(name, "mapping " + std::to_string(i) + " shares a name of " + std::to_string(index));
      return mappings.sources()[source_of_entry[index]];
    };
    std::string_view file = ".", dataset;
    if (flags & kFileShared) {
      file = shared_entry().file;
    } else if (!(flags & kSameFile)) {
      file = cursor.text();
    }
    dataset = flags & kDatasetShared ? shared_entry().dataset : cursor.text();
    source_of_entry.push_back(mappings.intern(file, dataset));
    parse_selection(cursor, shape.size(), left, from);
    parse_selection(cursor, shape.size(), left, to);
    add_pairs(mappings, source_of_entry.back(), from, to, shape, name);
  }
  // Heap objects may be padded behind the checksum.
  const std::size_t covered = cursor.position();
  if (cursor.u32() != lookup3(heap_object.first(covered))) corrupt(name, "the checksum of its mappings does not match");
  return mappings;
}

}  // namespace chunkmark::hdf5
