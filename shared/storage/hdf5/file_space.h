// FileSpace: where new structures go: behind all that is in use, as the superblock's end of file says it.
//
// Borrows the file, whose address 0 is its first byte. Whoever reserves writes, and in the end writes the new end of
// file into the superblock. Not thread-safe.
#pragma once

#include <cstdint>

#include "bytes/random_access.h"

namespace chunkmark::hdf5 {

struct FileSpace {
  bytes::RandomAccess& file;
  std::uint64_t end = 0;

  // The address of so many bytes; a multiple of 8.
  std::uint64_t reserve(std::uint64_t bytes) {
    constexpr std::uint64_t kAlignment = 8;
    const std::uint64_t start = (end + kAlignment - 1) / kAlignment * kAlignment;
    if (bytes > 0) end = start + bytes;
    return start;
  }
};

}  // namespace chunkmark::hdf5
