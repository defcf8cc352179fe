// LocalHeap: texts by offset: the names of an old-style group, or of the files of external storage.
//
// Reads a text when it is asked for. Borrows the Container. Errors: kCorrupt. Source: HDF5 File Format Specification
// 3.0, III.D.
#pragma once

#include <cstdint>
#include <string>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

class LocalHeap {
 public:
  LocalHeap(const Container& container, std::uint64_t address);

  std::string text(std::uint64_t offset) const;

 private:
  const Container& container_;
  std::uint64_t data_ = 0, bytes_ = 0;
};

}  // namespace chunkmark::hdf5
