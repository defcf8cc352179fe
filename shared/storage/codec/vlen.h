// Variable-length items as numcodecs' "vlen-utf8" and "vlen-bytes" lay them out: their number, then each one's size and
// bytes; numbers are of 4 bytes, little endian. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::codec {

// The items, which point into `bytes`. Errors: kCorrupt, naming `object`, unless they are `expected` ones and fill it.
std::vector<std::string_view> parse_vlen(ByteView bytes, std::uint64_t expected, const std::string& object);

std::vector<std::byte> vlen_bytes(const std::vector<std::string_view>& items);

}  // namespace chunkmark::codec
