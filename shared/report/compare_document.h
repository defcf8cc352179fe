// The document of `chunkmark compare --json`: two captures side by side.
#pragma once

#include "base/json.h"
#include "instrument/profile/difference.h"

namespace chunkmark::report {

// a, b: inspect's documents; moments: heap and the sites that changed, at each pair of moments that belong together.
json::object compare_document(const profile::ComparedCapture& a, const profile::ComparedCapture& b,
                              profile::Alignment alignment, std::uint64_t array_bytes);

}  // namespace chunkmark::report
