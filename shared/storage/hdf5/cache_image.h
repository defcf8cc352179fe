// Cache image: metadata that a writer left in one block when it closed the file, instead of each piece in its place.
//
// They are laid over the file: whoever reads it sees each piece where it belongs. Owns a copy of them. Errors:
// kCorrupt. Source: HDF5 File Format Specification 3.0, IV.A.2.y and III.K (metadata cache image).
#pragma once

#include <memory>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

// Borrows the container's file. Null: the file has no image.
std::unique_ptr<bytes::RandomAccess> apply_cache_image(const Container& container);

}  // namespace chunkmark::hdf5
