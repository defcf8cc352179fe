// The arrays that the studies store: the same bytes on every machine and in every process.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "storage/array/dtype.h"

namespace chunkmark::study {

// Whether fill() can make elements of this type: integers, float32 and float64.
bool can_fill(array::DType dtype);

// Fills `out` with elements of `dtype`: "random" is uniform, floats in [0, 1) (their mantissas do not compress, as in
// memray-array), "smooth" a slow wave. Errors: kInvalidArgument for another kind of data or of elements.
void fill(MutableByteView out, array::DType dtype, std::string_view data, std::uint64_t seed);

}  // namespace chunkmark::study
