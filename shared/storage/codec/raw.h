// The chunk stored as its serial bytes ("bytes" codec alone; compressor null).
//
// Long runs go to and from the array's own memory; only what must be rearranged (short runs, the other byte
// order when writing) passes through kRawScratchBytes.
#pragma once

#include <optional>

#include "bytes/random_access.h"
#include "bytes/sink.h"
#include "storage/array/chunk_view.h"

namespace chunkmark::codec {

// Large enough that a system call is a small part of moving it, small enough to stay in a second-level cache.
inline constexpr std::size_t kRawScratchBytes = 256 * 1024;

void encode_raw(const array::ChunkSource& source, bytes::Sink& sink);

// Errors: kCorrupt "OBJECT: expected N bytes, found M".
void decode_raw(const bytes::RandomAccess& object, const array::ChunkDest& dest);

}  // namespace chunkmark::codec
