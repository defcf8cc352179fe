// What a run record says of the machine and the build that made it.
#pragma once

#include "base/json.h"

namespace chunkmark::cli {

json::object environment_json();

// Now, as "2026-11-22T10:00:00Z".
std::string utc_now();

}  // namespace chunkmark::cli
