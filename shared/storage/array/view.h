// Source and Dest: borrowed, possibly strided views of an array in memory, in the host's byte order.
//
// A Source is read, a Dest is written ("read_into"). Neither owns; whoever holds one must not outlive the
// array. Strides are in bytes, may be negative, and `data` is the address of element (0, ..., 0). In a Dest
// no two elements may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "storage/array/dtype.h"
#include "storage/array/shape.h"

namespace chunkmark::array {

using Strides = std::vector<std::int64_t>;

// Strides of a dense array in C order (last dimension fastest); those that 63 bits do not hold are the largest number.
Strides c_order_strides(const Shape& shape, std::size_t item_bytes);

template <typename Byte>
struct View {
  Byte* data = nullptr;
  DType dtype;
  Shape shape;
  Strides strides;

  // A dense array in C order.
  static View dense(Byte* data, DType dtype, Shape shape) {
    Strides strides = c_order_strides(shape, dtype.item_bytes);
    return {data, dtype, std::move(shape), std::move(strides)};
  }

  // The part of this view that is [start, start + shape). The region must lie inside (not checked here).
  View part(const Region& region) const {
    Byte* first = data;
    for (std::size_t i = 0; i < strides.size(); ++i) {
      if (shape[i] > 0) first += static_cast<std::int64_t>(region.start[i]) * strides[i];
    }
    return {first, dtype, region.shape, strides};
  }
};

using Source = View<const std::byte>;
using Dest = View<std::byte>;

}  // namespace chunkmark::array
