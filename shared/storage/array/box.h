// Boxes of elements, moved and filled between any strides: the one copy that arrays of every format share.
//
// The order in which elements are visited is free, so dimensions are merged where both sides are dense and ordered so
// that writes are. Ranks are at most kMaxRank. Pure functions on borrowed memory; the two sides must not overlap.
#pragma once

#include "base/bytes.h"
#include "storage/array/view.h"

namespace chunkmark::array {

// Both have one shape and one item_bytes; byte order is kept.
void copy_box(const Source& from, const Dest& to);

// Every element becomes `element`, whose first item_bytes count; empty: zeros.
void fill_box(const Dest& to, ByteView element);

// `n` elements of `bytes` between strided places; a stride of 0 repeats one.
void copy_strided(std::byte* to, std::int64_t to_stride, const std::byte* from, std::int64_t from_stride,
                  std::uint64_t n, std::size_t bytes);

}  // namespace chunkmark::array
