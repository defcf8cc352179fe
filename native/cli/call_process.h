// A request of shared/api, answered in a process of its own: whatever the bytes beside it make of the parser, only that
// process ends, which has bounds on memory and time.
#pragma once

#include <string>
#include <string_view>

#include "api/api.h"
#include "base/bytes.h"

namespace chunkmark::cli {

// Blocks until it is answered, or ended. Never throws: what ends without an answer is kUnavailable. Thread-safe.
api::Response call_apart(const std::string& request, ByteView data);

// What that process does: the request as a word, the bytes as a file on standard input, the answer on standard output.
void answer_apart(const std::string& request);

}  // namespace chunkmark::cli
