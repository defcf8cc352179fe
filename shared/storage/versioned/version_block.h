// VersionBlock: all new objects of one version as one run of bytes: heaps, dataset headers, group headers.
//
// Add everything, then write() it for the address that it will have. Headers are of version 2 and link each other by
// address; the version's own group has link count 0, for whoever links it. Strings and mappings fill what an earlier
// version's heap has left, if there is such room. Internal to this room. Owns copies of mappings and attributes. Not
// thread-safe.
#pragma once

#include <map>

#include "storage/versioned/attribute_value.h"
#include "storage/versioned/staged_dataset.h"

namespace chunkmark::versioned {

class VersionBlock {
 public:
  // `memory`: of a block before, to be used again.
  VersionBlock(const std::optional<hdf5::HeapRoom>& room, hdf5::Bytes memory) : heap_(room, std::move(memory)) {}

  void add_group(const std::string& path, const Attributes& attributes);
  // A dataset that another version has; the caller counts the link.
  void add_link(const std::string& path, std::uint64_t address);
  void add_dataset(const std::string& path, const RawStore& raw, const array::Shape& shape,
                   const std::vector<CommittedDataset::Mapped>& mapped, const Attributes& attributes);
  void set_attributes(Attributes attributes) { root_.attributes = std::move(attributes); }

  struct Written {
    hdf5::Bytes bytes;
    std::uint64_t root = 0;                         // the address of the version's group
    std::map<std::string, std::uint64_t> datasets;  // of the new ones
    // What goes into the room: where, and what. And the room that is left then.
    std::optional<std::pair<std::uint64_t, hdf5::Bytes>> in_room = {};
    std::optional<hdf5::HeapRoom> room_left = {};
  };
  // Once. `address` is a multiple of 8.
  Written write(std::uint64_t address);

 private:
  struct Group {
    Attributes attributes;
    std::map<std::string, std::uint64_t> links;
    std::map<std::string, Group> groups;
  };
  struct Dataset {
    std::string path;
    hdf5::Bytes space, type, fill;
    bool mapped;
    hdf5::HeapWriter::Place mappings;
    Attributes attributes;
    std::size_t first_place = 0;
  };

  Group& parent_of(const std::string& path, std::string& name);
  void add_attributes(Group& group);
  std::uint64_t write_group(const Group& group, bool root, std::uint64_t address, hdf5::Bytes& to, std::size_t& place);

  hdf5::HeapWriter heap_;
  std::vector<hdf5::HeapWriter::Place> places_;
  std::vector<Dataset> datasets_;
  Group root_;
};

// The group of a new dataset path: raw_data and hash_table, both empty. Its root has link count 0.
VersionBlock::Written raw_group_block(const DatasetSpec& spec, const array::Shape& dims, const array::Shape& max_dims,
                                      std::uint64_t address);

// The mapping block of a virtual dataset, one mapping per chunk; made in the heap.
hdf5::HeapWriter::Place add_mappings(hdf5::HeapWriter& heap, const std::string& raw_path, const array::Shape& shape,
                                     const array::Shape& chunk, const std::vector<CommittedDataset::Mapped>& mapped);

}  // namespace chunkmark::versioned
