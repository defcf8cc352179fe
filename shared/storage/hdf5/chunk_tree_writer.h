// ChunkTreeWriter: the chunks of one dataset that grows along its first axis and has one chunk on all others, in a
// version 1 B-tree.
//
// Chunks are numbered along that axis. add() takes those behind all that there are, and those that are there already
// (which then lie elsewhere). Borrows the space. Not thread-safe. Errors: kUnsupported for a chunk between others,
// kCorrupt. Source: HDF5 File Format Specification 3.0, III.A.1 (node type 1).
#pragma once

#include <optional>
#include <vector>

#include "storage/hdf5/b_tree_v1_writer.h"

namespace chunkmark::hdf5 {

class ChunkTreeWriter {
 public:
  // `k`: half of a node's children. `root`: kUndefined where there is no chunk yet.
  ChunkTreeWriter(FileSpace& space, unsigned k, std::uint64_t root, std::vector<std::uint64_t> chunk,
                  std::uint64_t element_bytes);

  struct Stored {
    std::uint64_t address = 0;
    std::uint32_t bytes = 0, filter_mask = 0;
  };
  std::optional<Stored> find(std::uint64_t number) const;
  void add(std::uint64_t number, const Stored& stored);
  // Takes the space of the first node, where there is none yet, ahead of add().
  void reserve_root();
  // Changes with the first chunk.
  std::uint64_t root() const { return root_; }

 private:
  std::vector<std::byte> key(std::uint64_t number, const Stored& stored) const;
  std::vector<std::byte> end_key(std::uint64_t number) const;
  BTreeV1Writer::Path descend(std::uint64_t number) const;
  // Below, at or above 0: where the key is of the chunk.
  int compare(ByteView key, std::uint64_t number) const;

  BTreeV1Writer tree_;
  std::uint64_t root_;
  std::uint64_t reserved_ = kUndefined;
  std::vector<std::uint64_t> chunk_;
  std::uint64_t element_bytes_;
};

}  // namespace chunkmark::hdf5
