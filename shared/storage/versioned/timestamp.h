// Version timestamps: the texts that the Python library writes, and microseconds since 1970 (UTC). Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chunkmark::versioned {

// "2024-01-01 12:00:00.123456+0000"; a 'T' between, no fraction, no zone (UTC), "Z" and "+00:00" are accepted
// too. Nothing if the text is not a time.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// As upstream writes it: six digits of fraction, "+0000".
std::string format_timestamp(std::int64_t microseconds);

}  // namespace chunkmark::versioned
