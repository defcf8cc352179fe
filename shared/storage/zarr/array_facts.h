// What an array is, as front ends tell it: `array info --json`, chunkmark_array_info().
#pragma once

#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {

// kind, format, shape, dtype (as the document has it), numpy_dtype, chunks (within shards the inner ones), shards,
// codecs, fill_value, dimension_names, attributes, array_bytes.
json::object array_facts(const ArrayMetadata& metadata);

}  // namespace chunkmark::zarr
