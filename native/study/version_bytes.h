// What the bytes of a file of the transaction study are: chunks, padding within them, and the rest.
#pragma once

#include <string>

#include "base/json.h"

namespace chunkmark::native_study {

// {"metadata_bytes", "padding_bytes"}. Padding is what lies in a chunk beyond the elements that any version has of it;
// null where chunks are compressed, since it is then as good as nothing. Errors: kIo if it is no such file.
json::object version_bytes(const std::string& file, bool versioned, bool compressed);

}  // namespace chunkmark::native_study
