// mix: takes one more word into a hash. Good enough to tell stacks apart by their 64 bits alone.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 29);
}

}  // namespace chunkmark::trace
