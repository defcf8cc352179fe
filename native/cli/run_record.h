// The schema of run records, for who writes and who reads them. A member that is added keeps the number; the number
// rises when an older reader would take one for something else.
#pragma once

#include <string>

#include "base/json.h"

namespace chunkmark::cli {

inline constexpr char kRunSchema[] = "chunkmark.run/1";

// Errors: kUnsupported, naming both, when the record says that it is of another schema.
void check_run_schema(const json::value& record, const std::string& name);

}  // namespace chunkmark::cli
