// Times of day, as captures and run records tell them: in UTC, so that the texts of two times compare as the times do.
#pragma once

#include <ctime>
#include <string>

namespace chunkmark::os {

// "2026-11-22T10:00:00Z", or as `format` (of strftime) says.
std::string utc_text(std::time_t time, const char* format = "%Y-%m-%dT%H:%M:%SZ");
std::string utc_now(const char* format = "%Y-%m-%dT%H:%M:%SZ");

}  // namespace chunkmark::os
