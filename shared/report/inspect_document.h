// The document of `chunkmark inspect --json`. Members are added, never renamed or dropped: other programs read them.
#pragma once

#include "base/json.h"
#include "instrument/figures/inspection.h"

namespace chunkmark::report {

// A figure that the capture cannot tell is null.
json::object inspect_document(const figures::Inspection& inspection);

}  // namespace chunkmark::report
