// GlobalHeap: objects of variable length by (collection address, index): strings and virtual-dataset
// mappings.
//
// Reads a collection once and keeps a bounded number of recently used ones. A view that get() returned stays
// valid until the next get(). Not thread-safe. Errors: kCorrupt. Source: HDF5 File Format Specification 3.0,
// III.E.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

class GlobalHeap {
 public:
  explicit GlobalHeap(const Container& container) : container_(container) {}

  // What it keeps of the file.
  void forget();

  ByteView get(std::uint64_t collection, std::uint32_t index);

  // The string that a variable-length reference (length, collection, index: as stored) points to; empty for
  // null.
  std::string_view string(ByteView reference) { return as_text(sequence(reference, 1)); }
  // The same of a sequence of elements of that size.
  ByteView sequence(ByteView reference, std::uint32_t element_bytes);
  const Container& container() const { return container_; }
  // Bytes of all strings given so far. Many references may name one long string: past what an honest file could ask for
  // (4096 times its size and 4 GiB), string() refuses, so that a small file cannot keep its reader busy for ever.
  std::uint64_t served_bytes() const { return served_bytes_; }
  // Bytes that a stored variable-length reference takes.
  std::size_t reference_bytes() const { return 8 + container_.widths().offset; }

 private:
  struct Collection {
    std::uint64_t address;
    Block block;
    std::vector<ByteView> objects;  // by index
    std::uint64_t held_bytes() const { return block.bytes().size() + objects.size() * sizeof(ByteView); }
  };

  const Collection& load(std::uint64_t address);

  const Container& container_;
  std::list<Collection> recent_;  // most recent first
  std::unordered_map<std::uint64_t, std::list<Collection>::iterator> by_address_;
  std::uint64_t held_bytes_ = 0, served_bytes_ = 0;
};

}  // namespace chunkmark::hdf5
