// What a run record says of the machine and the build that made it.
#pragma once

#include <ctime>

#include "base/json.h"

namespace chunkmark::cli {

json::object environment_json();

// As "2026-11-22T10:00:00Z": the texts of two times compare as the times do.
std::string utc_text(std::time_t time);
std::string utc_now();

}  // namespace chunkmark::cli
