// One block of bytes to one zstd frame and back. For blocks of bounded size (capture sections); chunks of arrays go
// through codec/, which streams.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::bytes {

// One frame with its content size and a checksum of the content (XXH64, verified when decompressing).
std::vector<std::byte> zstd_compress(ByteView raw, int level);

// The content of `frame`, which must be exactly raw_bytes long; the caller has checked raw_bytes against its own bound.
// Errors: kCorrupt, naming `name`.
std::vector<std::byte> zstd_decompress(ByteView frame, std::size_t raw_bytes, std::string_view name);

}  // namespace chunkmark::bytes
