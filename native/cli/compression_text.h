// Compressions of HDF5 datasets as they are given on the command line.
#pragma once

#include <string>
#include <vector>

#include "storage/hdf5/messages.h"

namespace chunkmark::cli {

// "none", "gzip", "gzip:LEVEL", "lzf", "zstd", "zstd:LEVEL", as h5py would make the filters, after shuffle. Errors:
// kInvalidArgument.
std::vector<hdf5::Filter> parse_compression(const std::string& text, std::uint32_t element_bytes,
                                            std::uint64_t chunk_bytes);

}  // namespace chunkmark::cli
