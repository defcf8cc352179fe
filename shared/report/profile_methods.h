// The requests on captures, by name (api/api.h).
#pragma once

#include <functional>

#include "api/api.h"

namespace chunkmark::report {

// profile.inspect, profile.report: figures and the report's document of the capture in `data`.
//   params: array_bytes (optional number), title (optional text; report only)
// `progress`, where there is one, is told now and then how many bytes of the capture were read.
using Progress = std::function<void(std::size_t bytes)>;
void add_profile_methods(api::MethodTable& methods, const Progress& progress = {});

}  // namespace chunkmark::report
