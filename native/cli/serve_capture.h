// The routes of `chunkmark serve FILE`: one capture, its page and its ranges.
#pragma once

#include <filesystem>

#include "native/server/router.h"
#include "report/served_capture.h"

namespace chunkmark::cli {

// Writes capture.html into the site's folder. `capture` outlives the routes.
void add_capture_routes(server::Router& router, const report::ServedCapture& capture,
                        const std::filesystem::path& site);

}  // namespace chunkmark::cli
