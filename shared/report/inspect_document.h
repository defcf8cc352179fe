// The document of `chunkmark inspect --json`: what a capture says, in figures.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "instrument/profile/capture_analysis.h"

namespace chunkmark::report {

// array_bytes: what the traced command stores; 0 takes what the capture says, and without that the figures that need
// it are null, as they are when the capture never saw a buffer of that size. What a damaged capture leaves unknown (see
// profile::Known) is null as well; where figures are so far only, known_until_ms says up to when.
json::object inspect_document(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes);

}  // namespace chunkmark::report
