// A filter pipeline undone while the bytes pass: how chunks that are too large to be held twice are read.
//
// Scratch does not grow with the chunk (see byte_stream.h for what each filter takes): what comes out goes straight to
// the destination where that is contiguous, else piece by piece to its places in the box. shuffle, undone last, needs
// no scratch either: plane b of its bytes is byte b of every element, so each plane is a box of single bytes in the
// destination. blosc goes block by block through the codec that Zarr has, where it is the only filter. What stays as
// large as the chunk: szip, scaleoffset, bzip2, lzf and blosc2, whose formats or libraries know only the whole, and
// shuffle in the middle of a pipeline, whose planes interleave what the next step needs in order.
#pragma once

#include "bytes/random_access.h"
#include "storage/array/view.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

// Chunks up to this size are decoded whole: the second-level cache holds most of one, and decoders of whole buffers are
// the faster ones. It is the size that HDF5's own chunk cache is built for.
inline constexpr std::uint64_t kWholeChunkBytes = 256 << 10;

// Whether the filters that `mask` leaves can be undone so, for elements of that size.
bool can_stream(const std::vector<Filter>& filters, std::uint32_t mask, std::uint64_t element_bytes);

// `dest` takes `in_chunk` of a chunk of `chunk_shape`. Errors: kCorrupt, naming the chunk by stored.name(); what is in
// `dest` is then anything.
void decode_streamed(const std::vector<Filter>& filters, std::uint32_t mask, const bytes::RandomAccess& stored,
                     const array::Shape& chunk_shape, const array::Region& in_chunk, const array::Dest& dest);

}  // namespace chunkmark::hdf5
