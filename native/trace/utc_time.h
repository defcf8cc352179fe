// The time of day, as captures and run records tell it.
#pragma once

#include <string>

namespace chunkmark::trace {

// Now, in UTC: "2026-11-22T10:00:00Z" or as `format` (of strftime) says.
std::string utc_now(const char* format = "%Y-%m-%dT%H:%M:%SZ");

}  // namespace chunkmark::trace
