// One block of bytes to one gzip member, which every browser can open by itself. For reports; chunks of arrays go
// through codec/, which streams.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace chunkmark::bytes {

std::vector<std::byte> gzip_compress(ByteView raw);

}  // namespace chunkmark::bytes
