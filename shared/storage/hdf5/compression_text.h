// Compressions of HDF5 datasets as users give them.
#pragma once

#include <string>
#include <vector>

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

// "none", "gzip", "gzip:LEVEL", "lzf", "zstd", "zstd:LEVEL", "blosc", "blosc:LEVEL" (LZ4), as h5py and hdf5plugin would
// make the filters. Errors: kInvalidArgument.
std::vector<Filter> parse_compression(const std::string& text, std::uint32_t element_bytes, std::uint64_t chunk_bytes);

}  // namespace chunkmark::hdf5
