#include "storage/array/shape.h"

#include "base/error.h"

namespace chunkmark::array {

Region whole(const Shape& shape) {
  return {Shape(shape.size(), 0), shape};
}

std::uint64_t element_count(const Shape& shape) {
  std::uint64_t product = 1;
  bool fits = true;
  for (const std::uint64_t extent : shape) {
    if (extent == 0) return 0;
    fits = fits && !__builtin_mul_overflow(product, extent, &product);
  }
  return fits ? product : ~std::uint64_t{0};
}

std::uint64_t checked_element_count(const Shape& shape, std::size_t item_bytes, const std::string& name) {
  if (shape.size() > kMaxRank) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected at most " + std::to_string(kMaxRank) +
                                                 " dimensions, found " + std::to_string(shape.size()));
  }
  // Every extent counts, also beside a zero, so that partial products of the shape cannot overflow later
  // either.
  const std::uint64_t max_elements = kMaxBytes / item_bytes;
  std::uint64_t product = 1;
  bool empty = false;
  for (const std::uint64_t extent : shape) {
    empty = empty || extent == 0;
    if (extent == 0) continue;
    if (extent > max_elements / product) {
      throw Error(ErrorCode::kInvalidArgument, name + ": expected at most 2^62 bytes, found shape " + to_string(shape) +
                                                   " of " + std::to_string(item_bytes) + "-byte elements");
    }
    product *= extent;
  }
  return empty ? 0 : product;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + ")";
}

std::string to_string(const Region& region) {
  return to_string(region.shape) + " at " + to_string(region.start);
}

void check_region(const Region& region, const Shape& shape, const std::string& name) {
  bool inside = region.start.size() == shape.size() && region.shape.size() == shape.size();
  for (std::size_t i = 0; inside && i < shape.size(); ++i) {
    inside = region.start[i] <= shape[i] && region.shape[i] <= shape[i] - region.start[i];
  }
  if (!inside) {
    throw Error(ErrorCode::kInvalidArgument,
                name + ": expected a region inside " + to_string(shape) + ", found " + to_string(region));
  }
}

}  // namespace chunkmark::array
