// The arrays that the studies store: the same bytes on every machine and in every process.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace chunkmark::study {

// Fills `out` with float32 numbers: "random" is uniform in [0, 1) (its mantissas do not compress, as in
// memray-array), "smooth" a slow wave. Errors: kInvalidArgument for another kind of data.
void fill_float32(MutableByteView out, std::string_view data, std::uint64_t seed);

}  // namespace chunkmark::study
