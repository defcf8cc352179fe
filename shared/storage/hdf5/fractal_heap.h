// FractalHeap: objects by heap ID: links and attributes of large groups and of objects with many attributes.
//
// get() returns a copy: objects are small. Managed, tiny and (unfiltered) huge objects. Not thread-safe.
// Errors: kCorrupt, kUnsupported (filtered heaps). Source: HDF5 File Format Specification 3.0, III.G.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

class FractalHeap {
 public:
  FractalHeap(const Container& container, std::uint64_t address);

  unsigned id_bytes() const { return id_bytes_; }
  std::vector<std::byte> get(ByteView id) const;

 private:
  std::vector<std::byte> managed(std::uint64_t offset, std::uint64_t length) const;
  std::vector<std::byte> huge(ByteView rest) const;
  std::uint64_t row_block_bytes(unsigned row) const;

  const Container& container_;
  std::string name_;
  unsigned id_bytes_ = 0, width_ = 0, max_heap_bits_ = 0, root_rows_ = 0;
  bool checksums_ = false;
  std::uint64_t huge_tree_ = kUndefined, start_bytes_ = 0, max_direct_bytes_ = 0, root_ = kUndefined;
  std::uint64_t max_managed_bytes_ = 0;
};

}  // namespace chunkmark::hdf5
