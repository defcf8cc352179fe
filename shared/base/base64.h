// Base64 with padding. Source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace chunkmark {

std::string base64(ByteView bytes);
// Nothing where `text` is not base64.
std::optional<std::vector<std::byte>> base64_bytes(std::string_view text);

}  // namespace chunkmark
