// new_versioned_file(): a file with no version in it, laid out as the Python library and h5py lay it out by default.
//
// Superblock version 0, the root, `_version_data` and its `versions` old-style groups (symbol tables), and the version
// that all others come from, which has nothing in it. It is what PatchEngine commits to without the HDF5 library.
// Source: HDF5 File Format Specification 3.0, II.A; versioned-hdf5 2.6.0.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::versioned {

// `time`: microseconds since 1970, UTC: the time stamp of the version that all others come from.
std::vector<std::byte> new_versioned_file(std::int64_t time);

}  // namespace chunkmark::versioned
