// Raises an object's link count by one where the header says it, without the HDF5 library.
#pragma once

#include "bytes/random_access.h"

namespace chunkmark::hdf5 {

// `base` is where address 0 is in the file. False, and nothing written, where the header has no room for a count
// (version 2, made for one link): that takes a writer of headers. Errors: kCorrupt.
bool raise_link_count(bytes::RandomAccess& file, std::uint64_t base, std::uint64_t address);

}  // namespace chunkmark::hdf5
