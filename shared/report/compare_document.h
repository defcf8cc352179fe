// The document of `chunkmark compare --json`: two captures side by side.
#pragma once

#include "base/json.h"
#include "instrument/figures/comparison.h"

namespace chunkmark::report {

// a, b: inspect's documents; moments: heap and the sites that changed, at each pair of moments that belong together.
json::object compare_document(const figures::Comparison& comparison);

}  // namespace chunkmark::report
