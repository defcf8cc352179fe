#include "storage/hdf5/virtual_layout.h"

#include <algorithm>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

// Entries of block version 1 that repeat a name say so and give the entry where it stands.
constexpr unsigned kFileShared = 1, kDatasetShared = 2, kSameFile = 4, kKnownFlags = 7;

// The format pairs elements: the n-th element of the source selection with the n-th of the virtual one, both in
// row-major order. Pairing box with box, in the order in which they are written, gives the same pairs where the boxes
// of a pair have one shape and the boxes of a selection do not interleave; upstream and h5py write single boxes.
// Selections of which that cannot be said from their shapes are refused rather than guessed.
void add_pairs(Mappings& mappings, std::uint32_t source, Selection& from, Selection& to,
               std::span<const std::uint64_t> shape, std::string_view what) {
  const std::size_t rank = shape.size();
  if (to.kind == Selection::Kind::kAll) {
    for (const std::uint64_t extent : shape) to.boxes.insert(to.boxes.end(), {0, extent});
  }
  if (from.kind == Selection::Kind::kAll) {  // all of the source is as much as the virtual box has
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

void each_mapping(ByteView heap_object, Widths widths, std::string_view name,
                  const std::function<void(MappingEntry&)>& found) {
  Cursor cursor(heap_object, name, widths);
  const unsigned version = cursor.u8();
  if (version > 1) {
    unsupported(name, "mappings of block version " + std::to_string(version) + ", this program knows 0 and 1");
  }
  const std::uint64_t entries = cursor.length();
  std::vector<std::string_view> files, datasets;  // of the entries so far; they lie in the heap object
  std::uint64_t left = kMaxBlocks;
  MappingEntry entry{0, {}, {}, {}, {}, left};
  for (std::uint64_t i = 0; i < entries; ++i) {
    const unsigned flags = version == 1 ? cursor.u8() : 0;
    if (flags & ~kKnownFlags)
      unsupported(name, "a mapping with flags " + std::to_string(flags) + ", this program knows " +
                            std::to_string(kKnownFlags));
    const auto shared_entry = [&] {
      const std::uint64_t index = cursor.length();
      if (index >= i) corrupt(name, "mapping " + std::to_string(i) + " shares a name of " + std::to_string(index));
      return index;
    };
    entry.index = i;
    entry.file = ".";
    if (flags & kFileShared) {
      entry.file = files[shared_entry()];
    } else if (!(flags & kSameFile)) {
      entry.file = cursor.text();
    }
    entry.dataset = flags & kDatasetShared ? datasets[shared_entry()] : cursor.text();
    if (version == 1) {
      files.push_back(entry.file);
      datasets.push_back(entry.dataset);
    }
    parse_selection(cursor, left, entry.from);
    parse_selection(cursor, left, entry.to);
    found(entry);
  }
  // Heap objects may be padded behind the checksum.
  const std::size_t covered = cursor.position();
  if (cursor.u32() != lookup3(heap_object.first(covered))) corrupt(name, "the checksum of its mappings does not match");
}

Mappings parse_mappings(ByteView heap_object, std::span<const std::uint64_t> shape, Widths widths,
                        std::string_view name) {
  Mappings mappings(shape.size());
  each_mapping(heap_object, widths, name, [&](MappingEntry& entry) {
    const std::uint32_t source = mappings.intern(entry.file, entry.dataset);
    for (Selection* selection : {&entry.from, &entry.to}) {
      if (selection->kind == Selection::Kind::kPoints) unsupported(name, "a point selection, expected a hyperslab");
      if (selection->rank != 0 && selection->rank != shape.size())
        corrupt(name, "a selection of rank " + std::to_string(selection->rank) + ", expected " +
                          std::to_string(shape.size()));
      expand_to_boxes(*selection, entry.blocks_left, name);
    }
    add_pairs(mappings, source, entry.from, entry.to, shape, name);
  });
  return mappings;
}

}  // namespace chunkmark::hdf5
