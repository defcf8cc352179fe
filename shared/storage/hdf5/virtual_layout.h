// Mappings: what a virtual dataset is made of: boxes of it that are boxes of other datasets.
//
// Parsed once from the heap object (block versions 0 and 1, selection versions 1 to 3), and kept flat: three
// numbers per axis. Immutable afterwards. Every virtual box lies within the dataset's shape; source boxes are
// as the file says. Errors: kCorrupt, kUnsupported (point selections, unlimited selections). Source: HDF5
// File Format Specification 3.0, VII.D (virtual dataset), and for block version 1 files of HDF5 2.0.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/hdf5/selection.h"

namespace chunkmark::hdf5 {

class Mappings {
 public:
  struct Source {
    std::string file;     // "." is the file itself
    std::string dataset;  // path
  };

  explicit Mappings(std::size_t rank = 0) : rank_(rank) {}

  std::size_t size() const { return sources_of_.size(); }
  std::size_t rank() const { return rank_; }
  std::span<const std::uint64_t> virtual_start(std::size_t i) const { return axes(i, 0); }
  std::span<const std::uint64_t> source_start(std::size_t i) const { return axes(i, 1); }
  std::span<const std::uint64_t> count(std::size_t i) const { return axes(i, 2); }
  std::uint32_t source_index(std::size_t i) const { return sources_of_[i]; }
  const std::vector<Source>& sources() const { return sources_; }

  // Boxes as a start and a count per axis; both have the same counts.
  void add(std::uint32_t source, std::span<const std::uint64_t> virtual_box, std::span<const std::uint64_t> source_box);
  // The index of a source, added if it is new.
  std::uint32_t intern(std::string_view file, std::string_view dataset);

 private:
  std::span<const std::uint64_t> axes(std::size_t i, std::size_t which) const {
    return std::span(boxes_).subspan((3 * i + which) * rank_, rank_);
  }

  std::size_t rank_;
  std::vector<Source> sources_;
  std::vector<std::uint32_t> sources_of_;
  std::vector<std::uint64_t> boxes_;
};

// One entry of the heap object, as stored.
struct MappingEntry {
  std::uint64_t index;
  std::string_view file, dataset;  // into the heap object
  Selection from, to;              // in the source, in the virtual dataset
  std::uint64_t& blocks_left;      // of all entries together
};
// `found` may change the selections.
void each_mapping(ByteView heap_object, Widths widths, std::string_view name,
                  const std::function<void(MappingEntry&)>& found);

// `shape` is the virtual dataset's. `name` is it in errors.
Mappings parse_mappings(ByteView heap_object, std::span<const std::uint64_t> shape, Widths widths,
                        std::string_view name);

}  // namespace chunkmark::hdf5
