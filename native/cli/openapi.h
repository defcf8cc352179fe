// The description of the server's interface, OpenAPI 3.1: its paths from the routes themselves, the records from the
// schemas that define them.
#pragma once

#include "native/server/router.h"

namespace chunkmark::cli {

// Of the routes that are there now and have a summary.
json::object openapi_of(const server::Router& router);

}  // namespace chunkmark::cli
