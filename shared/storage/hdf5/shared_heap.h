// shared_heap_message: a header message that lies in one of the file's shared-message heaps.
//
// The superblock's extension names a table of indexes; each says which types of messages it has, and in which fractal
// heap. A message is referred to by its ID in that heap, so the index itself is not needed. Errors: kCorrupt. Source:
// HDF5 File Format Specification 3.0, III.H, IV.A.2.p.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

std::vector<std::byte> shared_heap_message(const Container& container, std::uint16_t type, ByteView heap_id);

}  // namespace chunkmark::hdf5
