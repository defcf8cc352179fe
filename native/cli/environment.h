// What a run record says of the machine and the build that made it.
#pragma once

#include <ctime>

#include "base/json.h"

namespace chunkmark::cli {

json::object environment_json();

}  // namespace chunkmark::cli
