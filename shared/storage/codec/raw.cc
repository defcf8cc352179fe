#include "storage/codec/raw.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace chunkmark::codec {

using array::ChunkDest;
using array::ChunkSource;
using bytes::RandomAccess;
using bytes::Sink;

void encode_raw(const ChunkSource& source, Sink& sink) {
  const std::uint64_t bytes = source.bytes();
  if (const std::byte* all = source.direct(0, bytes)) {
    sink.append(ByteView(all, static_cast<std::size_t>(bytes)));
    return;
  }
  if (source.has_long_runs()) {
    source.lend_runs([&](std::span<const ByteView> runs) { sink.append(runs); });
    return;
  }
  std::vector<std::byte> scratch(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kRawScratchBytes)));
  for (std::uint64_t at = 0; at < bytes;) {
    const MutableByteView piece(scratch.data(),
                                static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), bytes - at)));
    source.gather(at, piece);
    sink.append(piece);
    at += piece.size();
  }
}

void decode_raw(const bytes::RandomAccess& object, const ChunkDest& dest) {
  if (object.size() != dest.bytes()) {
    throw Error(ErrorCode::kCorrupt, object.name() + ": expected " + std::to_string(dest.bytes()) + " bytes, found " +
                                         std::to_string(object.size()));
  }
  if (dest.has_long_runs()) {
    dest.lend_runs([&](std::uint64_t offset, std::span<const MutableByteView> runs) { object.read_at(offset, runs); });
    return;
  }
  const std::uint64_t end = dest.wanted_end();
  std::vector<std::byte> scratch(
      static_cast<std::size_t>(std::min<std::uint64_t>(end - dest.wanted_begin(), kRawScratchBytes)));
  for (std::uint64_t at = dest.wanted_begin(); at < end;) {
    const MutableByteView piece(scratch.data(),
                                static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), end - at)));
    object.read_at(at, piece);
    dest.scatter(at, piece);
    at += piece.size();
  }
}

}  // namespace chunkmark::codec
