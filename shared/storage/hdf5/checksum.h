// The two checksums inside HDF5 files. Pure functions.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace chunkmark::hdf5 {

// Bob Jenkins' lookup3 ("hashlittle"): metadata checksums and name hashes of the newer structures.
std::uint32_t lookup3(ByteView bytes, std::uint32_t initial = 0);

// The fletcher32 filter's sum over big-endian 16-bit words.
std::uint32_t fletcher32(ByteView bytes);

}  // namespace chunkmark::hdf5
