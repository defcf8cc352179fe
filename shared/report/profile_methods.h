// The requests on captures, by name (api/api.h).
#pragma once

#include "api/api.h"

namespace chunkmark::report {

// profile.inspect, profile.report: figures and the report's document of the capture in `data`.
//   params: array_bytes (optional number), title (optional text; report only)
void add_profile_methods(api::MethodTable& methods);

}  // namespace chunkmark::report
