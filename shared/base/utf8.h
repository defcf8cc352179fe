// Untrusted text made UTF-8: JSON holds nothing else, and names of files and functions can be any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chunkmark {

// `text` with a replacement character for each byte that belongs to no character. Source: RFC 3629.
std::string utf8_text(std::string_view text);

// Appends one code point; the replacement character for what is none.
void append_utf8(std::string& text, std::uint32_t point);

}  // namespace chunkmark
