// What a request's target says: path and query, with the percent-encoding undone.
#pragma once

#include <string_view>

#include "native/server/http.h"

namespace chunkmark::server {

// Fills path and query from `request.target`, in origin form or absolute form. False for what is no target: another
// form, a percent sign without two digits, a NUL. A path is not resolved: who opens files refuses parts such as "..".
bool read_target(Request& request);

}  // namespace chunkmark::server
