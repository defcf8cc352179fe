// Shapes, regions, and sizes that are checked before anything trusts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace chunkmark::array {

// Extents, slowest dimension first; empty for a 0-d array, which has one element.
using Shape = std::vector<std::uint64_t>;

// NumPy's limit until 2.0; metadata beyond it is refused rather than looped over.
inline constexpr std::size_t kMaxRank = 32;

// Sizes must be good as signed 64-bit file offsets.
inline constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 62;

// A box: [start, start + shape) in every dimension.
struct Region {
  Shape start;
  Shape shape;
  bool operator==(const Region&) const = default;
};

// The whole of an array.
Region whole(const Shape& shape);

// Number of elements; all ones where 64 bits do not hold it.
std::uint64_t element_count(const Shape& shape);

// Number of elements. Errors: kInvalidArgument naming `name` when shape x item_bytes exceeds kMaxBytes or the
// rank kMaxRank.
std::uint64_t checked_element_count(const Shape& shape, std::size_t item_bytes, const std::string& name);

// "(5000, 5000)", as messages show it.
std::string to_string(const Shape& shape);
std::string to_string(const Region& region);

// Errors: kInvalidArgument when the ranks differ or the region does not lie inside `shape`.
void check_region(const Region& region, const Shape& shape, const std::string& name);

}  // namespace chunkmark::array
