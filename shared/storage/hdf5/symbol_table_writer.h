// SymbolTableWriter: links in one group of the old style: a B-tree of symbol nodes, and the names in a local heap.
//
// The B-tree's root and the heap's header stay where they are (other structures say their addresses); the heap's data
// move to twice the space when it is full. Names are ASCII: the format does not say their encoding. Everything is read
// and checked before anything is written. Borrows the space. Not thread-safe. Errors: kCorrupt, kUnsupported,
// kConflict. Source: HDF5 File Format Specification 3.0, III.A.1, III.B, III.D.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/hdf5/b_tree_v1_writer.h"
#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

// How many symbol nodes a group's B-tree node has, and entries a symbol node: half of it, as the superblock says.
struct GroupFanout {
  unsigned tree_k = 16, leaf_k = 4;
};

class SymbolTableWriter {
 public:
  // Of the group whose header is at this address. Errors: kUnsupported for groups of the new style.
  SymbolTableWriter(FileSpace& space, GroupFanout fanout, std::uint64_t group);

  // The object that a hard link of this name leads to.
  std::optional<std::uint64_t> find(std::string_view name) const;
  // Errors: kConflict if the name is there.
  void add(std::string_view name, std::uint64_t object);

  // A new group with one link, which something else will link once: the address of its header.
  static std::uint64_t create(FileSpace& space, GroupFanout fanout, std::string_view name, std::uint64_t object,
                              std::span<const AttributeBytes> attributes = {});

 private:
  SymbolTableWriter(FileSpace& space, GroupFanout fanout);

  struct Heap {
    std::uint64_t bytes, free, data;
  };
  struct Entries {
    std::uint64_t address;
    std::vector<std::byte> bytes;  // 40 each
    std::size_t count() const;
  };
  // Where a name is to go.
  struct NewName {
    std::uint64_t offset = 0;
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> writes;  // by address
  };

  Heap heap() const;
  // The name at that offset against this one, byte by byte.
  int compare(const Heap& heap, std::uint64_t offset, std::string_view name) const;
  BTreeV1Writer::Path descend(const Heap& heap, std::string_view name) const;
  Entries read_entries(std::uint64_t address) const;
  // The first entry whose name is not before this one.
  std::size_t position(const Heap& heap, const Entries& entries, std::string_view name) const;
  std::vector<std::byte> node(ByteView entries) const;
  NewName place_name(const Heap& heap, std::string_view name);
  void copy(std::uint64_t from, std::uint64_t count, std::uint64_t to, std::uint64_t room);

  FileSpace& space_;
  GroupFanout fanout_;
  BTreeV1Writer tree_;
  std::uint64_t root_ = 0, heap_ = 0;
};

}  // namespace chunkmark::hdf5
