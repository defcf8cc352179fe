#include "storage/hdf5/virtual_dataset.h"

#include <algorithm>

#include "storage/array/box.h"

namespace chunkmark::hdf5 {

using array::Dest;
using array::Region;

namespace {

using Kind = Selection::Kind;

// Pieces whose source lies this close together are read at once, gaps included, and taken apart in memory.
constexpr std::uint64_t kHullBytes = 16 << 20;
// A printf-like mapping opens one source per block; more is a file that lists the same one for ever.
constexpr std::uint64_t kMaxPrintfBlocks = 1 << 20;
constexpr std::uint64_t kMaxRuns = 8 << 20;  // of all mappings: 128 MiB

std::optional<std::size_t> unlimited_axis(const Selection& selection) {
  for (std::size_t i = 0; i < selection.axes.size(); ++i) {
    if (selection.axes[i].unlimited()) return i;
  }
  return std::nullopt;
}

// "%b" as a block's number, "%%" as one percent sign. `found` tells whether there was a "%b".
std::string printf_name(std::string_view pattern, std::uint64_t block, bool& found) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] != '%') {
      name += pattern[i];
    } else if (next == '%') {
      name += '%', ++i;
    } else if (next == 'b') {
      name += std::to_string(block), ++i;
      found = true;
    } else {
      unsupported(pattern, "expected %b or %% in a source's name");
    }
  }
  return name;
}

enum class Alike : std::uint8_t { kSame, kSwapped, kOther };

// Whether elements mean the same in both, as they are or with their bytes the other way round.
Alike compare_types(const Dataset& a, const Dataset& b) {
  const ByteView first = a.type_message(), second = b.type_message();
  const auto equal_from = [&](std::ptrdiff_t at) {
    return first.size() == second.size() && std::equal(first.begin() + at, first.end(), second.begin() + at);
  };
  if (equal_from(1)) return Alike::kSame;  // but for the version
  const TypeClass kind = a.type().type_class;
  if (kind != b.type().type_class || a.element_bytes() != b.element_bytes()) return Alike::kOther;
  if (kind == TypeClass::kFixed || kind == TypeClass::kFloat) {
    const bool swapped = (first[1] ^ second[1]) == std::byte{1} && equal_from(2);
    return swapped ? Alike::kSwapped : Alike::kOther;
  }
  // Names and members may be written in another version.
  const bool nested = kind == TypeClass::kCompound || kind == TypeClass::kEnum || kind == TypeClass::kArray ||
                      kind == TypeClass::kVariable;
  const bool partial = a.type().has_partial_numbers() || b.type().has_partial_numbers();
  return nested && !partial && numpy_descr(a.type()) == numpy_descr(b.type()) ? Alike::kSame : Alike::kOther;
}

void swap_bytes(const Dest& box) {
  array::Shape at(box.shape.size(), 0);
  for (;;) {
    std::byte* element = box.data;
    for (std::size_t i = 0; i < at.size(); ++i) element += static_cast<std::int64_t>(at[i]) * box.strides[i];
    std::reverse(element, element + box.dtype.item_bytes);
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == box.shape[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace

VirtualDataset::VirtualDataset(const Dataset& dataset, VirtualSources& sources, VirtualSources::File& file)
    : dataset_(dataset),
      sources_(sources),
      file_(file),
      shape_(dataset.space().dims),
      limited_(shape_.size(), 0),
      follows_(shape_.size()) {
  const Layout& layout = dataset.layout();
  if (layout.address != kUndefined && layout.heap_index != 0) {
    // Copied: sources of this file are opened meanwhile, and the heap keeps an object until the next is asked for.
    const ByteView kept = file.heap->get(layout.address, layout.heap_index);
    const std::vector<std::byte> object(kept.begin(), kept.end());
    each_mapping(object, file.container->widths(), dataset.name(), [&](MappingEntry& entry) { add(entry); });
  }
  for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
    if (follows_[axis]) shape_[axis] = std::max(*follows_[axis], limited_[axis]);
  }
  check_inside();
}

std::string VirtualDataset::entry_name(std::uint64_t entry) const {
  return "mapping " + std::to_string(entry) + " of " + dataset_.name();
}

void VirtualDataset::add(MappingEntry& entry) {
  const auto check_rank = [&](const Selection& selection) {
    if (selection.kind == Kind::kPoints) unsupported(entry_name(entry.index), "points, expected a hyperslab");
  };
  check_rank(entry.from);
  check_rank(entry.to);
  if (entry.to.rank != 0 && entry.to.rank != shape_.size()) {
    corrupt(entry_name(entry.index),
            "a selection of rank " + std::to_string(entry.to.rank) + ", expected " + std::to_string(shape_.size()));
  }
  for (Selection* selection : {&entry.from, &entry.to}) {  // old files write one block as a list of one
    if (selection->kind != Kind::kBoxes || selection->boxes.size() != 2 * selection->rank) continue;
    selection->kind = Kind::kRegular;
    for (std::size_t i = 0; i < selection->rank; ++i) {
      const std::uint64_t count = selection->boxes[2 * i + 1];
      selection->axes.push_back({selection->boxes[2 * i], count, 1, count});
    }
  }
  if (entry.to.kind == Kind::kNone || entry.from.kind == Kind::kNone) return;
  const std::optional<std::size_t> to = unlimited_axis(entry.to), from = unlimited_axis(entry.from);
  if (from && !to) corrupt(entry_name(entry.index), "an unlimited source for a limited part");
  if (!to) return add_boxes(entry);
  from ? add_unlimited(entry, *to) : add_printf(entry, *to);
}

void VirtualDataset::keep(Mapping mapping) {
  for (const std::vector<Runs>* side : {&mapping.to, &mapping.from}) {
    for (const Runs& runs : *side) runs_ += runs.size();
  }
  if (runs_ > kMaxRuns) unsupported(dataset_.name(), "mappings of more than " + std::to_string(kMaxRuns) + " parts");
  mappings_.push_back(std::move(mapping));
}

void VirtualDataset::add_unlimited(const MappingEntry& entry, std::size_t axis) {
  bool numbered = false;
  Mapping mapping{entry.index, printf_name(entry.file, 0, numbered), printf_name(entry.dataset, 0, numbered), {}, {},
                  {}};
  if (numbered) unsupported(entry_name(entry.index), "a numbered source with an unlimited selection");
  const std::size_t source_axis = *unlimited_axis(entry.from);
  std::uint64_t slices = 0;
  if (const VirtualSources::Use source(sources_, file_, mapping.file, mapping.dataset); source) {
    if (source->shape().size() != entry.from.rank)
      corrupt(entry_name(entry.index), "its source has another rank than the selection");
    slices = slices_in(entry.from.axes[source_axis], source->shape()[source_axis]);
  }
  for (std::size_t i = 0; i < entry.to.axes.size(); ++i) {
    mapping.to.push_back(i == axis ? runs_of(entry.to.axes[i], slices) : runs_of(entry.to.axes[i]));
  }
  for (std::size_t i = 0; i < entry.from.axes.size(); ++i) {
    mapping.from.push_back(i == source_axis ? runs_of(entry.from.axes[i], slices) : runs_of(entry.from.axes[i]));
  }
  follows_[axis] = std::max(follows_[axis].value_or(0), end_of(mapping.to[axis]));
  keep(std::move(mapping));
}

void VirtualDataset::add_printf(const MappingEntry& entry, std::size_t axis) {
  const Selection::Axis& blocks = entry.to.axes[axis];
  if (blocks.count != kUndefined) unsupported(entry_name(entry.index), "one unlimited block of numbered sources");
  if (entry.from.kind == Kind::kBoxes) unsupported(entry_name(entry.index), "numbered sources with an irregular part");
  follows_[axis] = follows_[axis].value_or(0);
  for (std::uint64_t block = 0; block < kMaxPrintfBlocks; ++block) {
    bool numbered = false;
    Mapping mapping{
        entry.index, printf_name(entry.file, block, numbered), printf_name(entry.dataset, block, numbered), {}, {}, {}};
    if (!numbered) corrupt(entry_name(entry.index), "a limited source for an unlimited part, and no %b in its names");
    if (const VirtualSources::Use source(sources_, file_, mapping.file, mapping.dataset); !source) return;
    for (std::size_t i = 0; i < entry.to.axes.size(); ++i) {
      mapping.to.push_back(i == axis ? Runs{{blocks.start + saturating_multiply(block, blocks.stride), blocks.block}}
                                     : runs_of(entry.to.axes[i]));
    }
    for (const Selection::Axis& from : entry.from.axes) mapping.from.push_back(runs_of(from));
    follows_[axis] = std::max(*follows_[axis], end_of(mapping.to[axis]));
    keep(std::move(mapping));
  }
  unsupported(entry_name(entry.index), "more than " + std::to_string(kMaxPrintfBlocks) + " numbered sources");
}

void VirtualDataset::add_boxes(const MappingEntry& entry) {
  bool numbered = false;
  Mapping mapping{entry.index, printf_name(entry.file, 0, numbered), printf_name(entry.dataset, 0, numbered), {}, {},
                  {}};
  if (numbered) unsupported(entry_name(entry.index), "a numbered source for a limited part");
  if (entry.to.kind != Kind::kBoxes && entry.from.kind != Kind::kBoxes) {
    for (std::size_t i = 0; i < shape_.size(); ++i) {
      mapping.to.push_back(entry.to.kind == Kind::kAll ? Runs{{0, shape_[i]}} : runs_of(entry.to.axes[i]));
      limited_[i] = std::max(limited_[i], end_of(mapping.to[i]));
    }
    for (const Selection::Axis& from : entry.from.axes) mapping.from.push_back(runs_of(from));
    keep(std::move(mapping));
    return;
  }
  // Irregular ones are paired box by box, in the order in which they are written, as in parse_mappings.
  Selection from = entry.from, to = entry.to;
  expand_to_boxes(from, entry.blocks_left, dataset_.name());
  expand_to_boxes(to, entry.blocks_left, dataset_.name());
  if (from.kind != Kind::kBoxes || to.kind != Kind::kBoxes ||
      from.boxes.size() / from.rank != to.boxes.size() / to.rank)
    unsupported(entry_name(entry.index), "irregular selections of other numbers of boxes");
  for (std::size_t box = 0; box < to.boxes.size() / (2 * to.rank); ++box) {
    Mapping one{mapping.entry, mapping.file, mapping.dataset, {}, {}, {}};
    for (std::size_t i = 0; i < to.rank; ++i) {
      const std::size_t at = 2 * (box * to.rank + i);
      one.to.push_back({{to.boxes[at], to.boxes[at + 1]}});
      limited_[i] = std::max(limited_[i], end_of(one.to[i]));
    }
    for (std::size_t i = 0; i < from.rank; ++i) {
      const std::size_t at = 2 * (box * from.rank + i);
      one.from.push_back({{from.boxes[at], from.boxes[at + 1]}});
    }
    keep(std::move(one));
  }
}

void VirtualDataset::check_inside() const {
  for (const Mapping& mapping : mappings_) {
    for (std::size_t i = 0; i < shape_.size(); ++i) {
      if (end_of(mapping.to[i]) > shape_[i])
        corrupt(entry_name(mapping.entry), "reaches " + std::to_string(end_of(mapping.to[i])) + " along axis " +
                                               std::to_string(i) + ", which has " + std::to_string(shape_[i]));
    }
  }
}

// The format pairs the n-th element of one selection with the n-th of the other. Where both are products of indexes per
// axis, and their axes have the same numbers of indexes once those with a single one are left out, that is the same as
// pairing the indexes axis by axis.
void VirtualDataset::pair(Mapping& mapping, const Extents& source) const {
  if (mapping.from.empty()) {
    for (const std::uint64_t extent : source) mapping.from.push_back({{0, extent}});
  }
  const std::string name = entry_name(mapping.entry);
  if (mapping.from.size() != source.size())
    corrupt(name,
            "a source of rank " + std::to_string(source.size()) + ", expected " + std::to_string(mapping.from.size()));
  std::size_t to = 0;
  const auto next_to = [&] {
    while (to < mapping.to.size() && total(mapping.to[to]) == 1) ++to;
  };
  for (std::size_t i = 0; i < mapping.from.size(); ++i) {
    const Runs& from = mapping.from[i];
    if (end_of(from) > source[i])
      corrupt(name, "points outside its source: " + std::to_string(end_of(from)) + " of axis " + std::to_string(i) +
                        ", which has " + std::to_string(source[i]));
    PairedAxis axis;
    if (total(from) == 1) {
      axis.pieces.push_back({0, from.front().start, 1});
      mapping.paired.push_back(std::move(axis));
      continue;
    }
    next_to();
    if (to == mapping.to.size() || total(mapping.to[to]) != total(from))
      unsupported(name, "parts of other shapes, which are not the same axis by axis");
    axis.to = to;
    const Runs& into = mapping.to[to++];
    for (std::size_t a = 0, b = 0, used_a = 0, used_b = 0; a < from.size() && b < into.size();) {
      const std::uint64_t count = std::min(from[a].count - used_a, into[b].count - used_b);
      axis.pieces.push_back({into[b].start + used_b, from[a].start + used_a, count});
      used_a += count;
      used_b += count;
      if (used_a == from[a].count) ++a, used_a = 0;
      if (used_b == into[b].count) ++b, used_b = 0;
    }
    mapping.paired.push_back(std::move(axis));
  }
  next_to();
  if (to != mapping.to.size()) unsupported(name, "parts of other shapes, which are not the same axis by axis");
  mapping.is_paired = true;
}

void VirtualDataset::read(const Region& region, const Dest& dest) {
  check_box(region, dest, shape_, dataset_.element_bytes(), dataset_.name());
  array::fill_box(dest, dataset_.fill_bytes());
  for (Mapping& mapping : mappings_) read_mapping(mapping, region, dest);
}

void VirtualDataset::read_mapping(Mapping& mapping, const Region& region, const Dest& dest) {
  // Nothing is opened for a mapping that the region does not meet.
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    const bool meets = std::any_of(mapping.to[i].begin(), mapping.to[i].end(), [&](const Run& run) {
      return run.start < region.start[i] + region.shape[i] && run.start + run.count > region.start[i];
    });
    if (!meets) return;
  }
  const VirtualSources::Use source(sources_, file_, mapping.file, mapping.dataset);
  if (!source) {
    file_.container->note(dataset_.name() + ": " + (mapping.file == "." ? "" : mapping.file + " ") + mapping.dataset +
                          ", which it is made of, is not there: the fill value stands for it");
    return;
  }
  const Dataset& of = *source->dataset;
  const Alike alike = compare_types(of, dataset_);
  if (alike == Alike::kOther)
    unsupported(entry_name(mapping.entry), "a source of another type, which would have to be converted");
  if (source.is_other_file() && dataset_.type().has_references())
    unsupported(entry_name(mapping.entry), "variable-length elements in another file");
  if (!mapping.is_paired) pair(mapping, source->shape());

  // The pieces of each axis that the region takes, and the box around them in the source.
  const std::size_t rank = mapping.paired.size();
  std::vector<std::vector<PairedAxis::Piece>> pieces(rank);
  Region hull{array::Shape(rank), array::Shape(rank)};
  std::uint64_t parts = 1, hull_bytes = dataset_.element_bytes();
  array::Strides strides(rank, 0);
  for (std::size_t i = 0; i < rank; ++i) {
    const PairedAxis& axis = mapping.paired[i];
    for (PairedAxis::Piece piece : axis.pieces) {
      if (axis.to) {
        const std::uint64_t start = std::max(piece.to, region.start[*axis.to]);
        const std::uint64_t end = std::min(piece.to + piece.count, region.start[*axis.to] + region.shape[*axis.to]);
        if (end <= start) continue;
        piece = {start - region.start[*axis.to], piece.from + (start - piece.to), end - start};
      }
      pieces[i].push_back(piece);
    }
    if (pieces[i].empty()) return;
    if (axis.to) strides[i] = dest.strides[*axis.to];
    hull.start[i] = pieces[i].front().from;
    hull.shape[i] = pieces[i].back().from + pieces[i].back().count - hull.start[i];
    parts = saturating_multiply(parts, pieces[i].size());
    hull_bytes = saturating_multiply(hull_bytes, hull.shape[i]);
  }
  const std::byte* from = nullptr;
  const array::Strides stored = array::c_order_strides(hull.shape, dataset_.element_bytes());
  if (parts > 1 && hull_bytes <= kHullBytes) {
    sources_.spend(hull_bytes);
    hull_.resize(hull_bytes);
    source->read(hull, Dest::dense(hull_.data(), dest.dtype, hull.shape));
    from = hull_.data();
  }
  std::byte* base = dest.data;  // of the axes whose one index every element has
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    const bool along =
        std::any_of(mapping.paired.begin(), mapping.paired.end(), [&](const PairedAxis& axis) { return axis.to == i; });
    if (!along) base += static_cast<std::int64_t>(mapping.to[i].front().start - region.start[i]) * dest.strides[i];
  }
  std::vector<std::size_t> at(rank, 0);
  Region box = hull;
  for (;;) {
    Dest to{base, dest.dtype, array::Shape(rank), strides};
    const std::byte* piece_from = from;
    std::uint64_t bytes = dataset_.element_bytes();
    for (std::size_t i = 0; i < rank; ++i) {
      const PairedAxis::Piece& piece = pieces[i][at[i]];
      to.data += static_cast<std::int64_t>(piece.to) * strides[i];
      to.shape[i] = box.shape[i] = piece.count;
      box.start[i] = piece.from;
      bytes = saturating_multiply(bytes, piece.count);
      if (from) piece_from += static_cast<std::int64_t>(piece.from - hull.start[i]) * stored[i];
    }
    if (from) {
      array::copy_box({piece_from, dest.dtype, box.shape, stored}, to);
    } else {
      sources_.spend(bytes);
      source->read(box, to);
    }
    if (alike == Alike::kSwapped) swap_bytes(to);
    std::size_t axis = rank;
    while (axis > 0 && ++at[axis - 1] == pieces[axis - 1].size()) at[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace chunkmark::hdf5
