// VirtualDataset: a virtual dataset of any kind, of any file: its extent, and boxes of it.
//
// Mappings may be unlimited (the extent follows the sources'), printf-like (file or dataset "a-%b": block 0, 1, ..,
// until one is missing), between boxes of other ranks, and to sources in other files, which are virtual themselves at
// times. What a source does not have is the fill value; a missing source is noted in the Container. Files of versions
// do not come here: their mappings are read by their own reader, which knows that they are one per chunk. Borrows the
// Dataset and the VirtualSources. Memory: the mappings; scratch of at most kHullBytes. Not thread-safe. Errors:
// kCorrupt; kUnsupported for selections that cannot be paired axis by axis, and for sources of other types. Source:
// HDF5 File Format Specification 3.0, VII.D; the extent as HDF5 has it with its default view ("last available").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/hdf5/axis_runs.h"
#include "storage/hdf5/virtual_layout.h"
#include "storage/hdf5/virtual_sources.h"

namespace chunkmark::hdf5 {

class VirtualDataset {
 public:
  // `file` is the one that the dataset is in. Opens the sources whose extent matters.
  VirtualDataset(const Dataset& dataset, VirtualSources& sources, VirtualSources::File& file);

  const Extents& shape() const { return shape_; }
  std::size_t mappings() const { return mappings_.size(); }
  // The region must fit, and the memory.
  void read(const array::Region& region, const array::Dest& dest);

 private:
  // An axis of the source, and which of the virtual dataset runs along with it.
  struct PairedAxis {
    std::optional<std::size_t> to;  // none: one index, which every element has
    struct Piece {
      std::uint64_t to, from, count;
    };
    std::vector<Piece> pieces;
  };
  struct Mapping {
    std::uint64_t entry;
    std::string file, dataset;
    std::vector<Runs> to;    // per axis of the virtual dataset
    std::vector<Runs> from;  // per axis of the source; empty: all of it
    std::vector<PairedAxis> paired;
    bool is_paired = false;
  };

  void add(MappingEntry& entry);
  void keep(Mapping mapping);
  void add_printf(const MappingEntry& entry, std::size_t axis);
  void add_unlimited(const MappingEntry& entry, std::size_t axis);
  void add_boxes(const MappingEntry& entry);
  void check_inside() const;
  void pair(Mapping& mapping, const Extents& source) const;
  void read_mapping(Mapping& mapping, const array::Region& region, const array::Dest& dest);
  std::string entry_name(std::uint64_t entry) const;

  const Dataset& dataset_;
  VirtualSources& sources_;
  VirtualSources::File& file_;
  Extents shape_, limited_;                            // limited_: what mappings without an unlimited axis reach
  std::vector<std::optional<std::uint64_t>> follows_;  // per axis: what unlimited mappings reach
  std::vector<Mapping> mappings_;
  std::uint64_t runs_ = 0;  // of all mappings
  std::vector<std::byte> hull_;
};

}  // namespace chunkmark::hdf5
