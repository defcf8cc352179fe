// The first section's members of another tool's file, by the names of capture/origin.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace chunkmark::imports {

struct Origin {
  std::string format, version;
  std::string command_line;                // empty: not told
  std::optional<std::int64_t> started_ms;  // since the epoch
  bool peak_is_last = false;               // of moments with the same heap
};

json::object origin_document(const Origin& origin, std::span<const std::string_view> unknown);

}  // namespace chunkmark::imports
