// Filters: numcodecs' codecs that work on an array's elements and make elements again, of another type perhaps: delta,
// fixedscaleoffset, astype, quantize, bitround, packbits. In Zarr v3 they stand before "bytes".
//
// They hold the chunk (BufferCodec) and see its serial bytes, so each says its elements' types with the order of their
// bytes on both sides. What they compute is what numcodecs computes with NumPy 2, to the bit. Source: numcodecs 0.16.
#pragma once

#include "storage/codec/buffer_codec.h"

namespace chunkmark::codec {

// Whether a numcodecs name is that of a filter.
bool is_filter_id(std::string_view name);

// The filter `name`, which is one, on elements of the type that comes before it. In the dialect of v3 all types
// have that one's byte order: it is "bytes" that gives them one. Errors: kCorrupt and kUnsupported, naming `document`.
std::shared_ptr<const Codec> make_filter(std::string_view name, const json::object& settings, Dialect dialect,
                                         array::NumpyType elements, const std::string& document);

}  // namespace chunkmark::codec
