#include "storage/array/view.h"

#include <limits>

namespace chunkmark::array {

Strides c_order_strides(const Shape& shape, std::size_t item_bytes) {
  Strides strides(shape.size());
  std::int64_t stride = static_cast<std::int64_t>(item_bytes);
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    if (shape[i] > 0 && __builtin_mul_overflow(stride, shape[i], &stride)) {
      stride = std::numeric_limits<std::int64_t>::max();
    }
  }
  return strides;
}

}  // namespace chunkmark::array
