// Transpositions undone: bytes and bits of elements that a writer laid side by side, so that what is alike compresses.
//
// Both write in.size() bytes to `out`, which must not overlap `in`; what does not fill an element (or, for bits, eight
// elements) stands behind the transposed part as it is. Pure functions.
#pragma once

#include "base/bytes.h"

namespace chunkmark::hdf5 {

// From: every element's first byte, then every element's second byte, and so on.
void unshuffle_bytes(ByteView in, std::byte* out, std::size_t element_bytes);

// From: every element's lowest bit of its first byte, eight elements a byte (the first element lowest), then the next
// bit of that byte, and so on to the highest bit of the last byte.
void unshuffle_bits(ByteView in, std::byte* out, std::size_t element_bytes);

}  // namespace chunkmark::hdf5
