// Base64 with padding. Source: RFC 4648, section 4.
#pragma once

#include <string>

#include "base/bytes.h"

namespace chunkmark {

std::string base64(ByteView bytes);

}  // namespace chunkmark
