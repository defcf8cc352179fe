// One array's elements into another of the same shape and type, whatever their formats, chunks and codecs.
#pragma once

#include <functional>

#include "storage/zarr/array.h"

namespace chunkmark::zarr {

// Bytes of the array that are done, and all of them.
using CopyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Block by block, each of whole chunks of `to`: at most kCopyBlockBytes of the array are in memory, or one chunk of
// `to` if that is larger. Errors: kInvalidArgument unless shapes and types are equal; what reading and writing throw.
void copy_array(Array& from, Array& to, const CopyProgress& progress);

inline constexpr std::uint64_t kCopyBlockBytes = 256u << 20;

}  // namespace chunkmark::zarr
