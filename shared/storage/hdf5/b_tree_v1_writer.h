// BTreeV1Writer: inserts into a version 1 B-tree, of chunks or of a group's symbol nodes.
//
// A node has one key more than children: child i has what lies between key i and key i + 1. The root stays where it
// is, since other structures say its address: a full one moves its content to a new node below it. A full node is
// split in halves; where something is appended at the tree's end, the new node gets only that, so that nodes fill. All
// of a path is read and checked before anything is written. Borrows the space. Not thread-safe. Errors: kCorrupt,
// kUnsupported. Source: HDF5 File Format Specification 3.0, III.A.1.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "storage/hdf5/cursor.h"
#include "storage/hdf5/file_space.h"

namespace chunkmark::hdf5 {

class BTreeV1Writer {
 public:
  // `k`: half of the children that a node has room for.
  BTreeV1Writer(FileSpace& space, unsigned type, std::size_t key_bytes, unsigned k)
      : space_(space), type_(type), key_bytes_(key_bytes), most_(2 * std::size_t{k}) {}

  struct Node {
    std::uint64_t address = 0;
    unsigned level = 0;
    std::uint64_t left = kUndefined, right = kUndefined;
    std::vector<std::byte> keys = {};  // children + 1
    std::vector<std::uint64_t> children = {};
    std::vector<std::byte> old = {};  // as it is in the file; empty where it is not
  };
  struct Step {
    Node node;
    std::size_t child = 0;
  };
  using Path = std::vector<Step>;  // from the root to a leaf

  // `choose` says by which child it goes on.
  Path descend(std::uint64_t root, const std::function<std::size_t(const Node&)>& choose) const;
  ByteView key(const Node& node, std::size_t i) const {
    return ByteView(node.keys).subspan(i * key_bytes_, key_bytes_);
  }
  static bool at_end(const Path& path);

  void set_key(Node& node, std::size_t i, ByteView key) const;
  // Of every node of a path at the end.
  void set_last_key(Path& path, ByteView key) const;
  // A new child behind the path's in the leaf, with a new key between them.
  void insert(Path& path, ByteView between, std::uint64_t child);
  // Puts changed nodes into the file.
  void write(Path& path);
  // Room for a node.
  std::uint64_t reserve() { return space_.reserve(node_bytes()); }
  // A tree of one child, its root at an address from reserve().
  void create(std::uint64_t root, ByteView first, std::uint64_t child, ByteView last);

 private:
  static constexpr std::size_t kPrefixBytes = 24;
  std::size_t node_bytes() const { return kPrefixBytes + most_ * 8 + (most_ + 1) * key_bytes_; }
  Node read(std::uint64_t address, int above) const;
  void insert(Path& path, std::size_t depth, ByteView between, std::uint64_t child);
  void check_neighbour(const Node& node) const;
  void write(const Node& node);

  FileSpace& space_;
  unsigned type_;
  std::size_t key_bytes_, most_;
  // Until write(): new nodes, and which node has which other one to its left from now on.
  std::vector<Node> made_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> left_of_;
};

}  // namespace chunkmark::hdf5
