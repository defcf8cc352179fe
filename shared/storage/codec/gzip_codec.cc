#include "storage/codec/gzip_codec.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/error.h"
#include "storage/codec/deflate_segment.h"
#include "storage/codec/inflater.h"

namespace chunkmark::codec {
namespace {

// DEFLATE, no flags, no time, an unknown file system.
constexpr std::array<std::uint8_t, 10> kMemberHeader{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff};

// zlib counts in 32 bits; the array is handed over in parts of at most this size.
constexpr std::uint64_t kMaxAtOnce = 1 << 30;

uInt at_once(std::uint64_t bytes) {
  return static_cast<uInt>(std::min(bytes, kMaxAtOnce));
}

struct Lane {
  std::optional<DeflateSegment> deflate;
  std::vector<std::byte> in;  // where the array is not contiguous
  ByteView segment;
  std::uint32_t crc = 0;
};

}  // namespace

void GzipCodec::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  const std::uint64_t bytes = source.bytes();
  const std::size_t segment_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kGzipSegmentBytes));
  const std::size_t segments =
      static_cast<std::size_t>(std::max<std::uint64_t>(1, (bytes + kGzipSegmentBytes - 1) / kGzipSegmentBytes));
  const auto bytes_of = [&](std::size_t i) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(bytes - i * kGzipSegmentBytes, kGzipSegmentBytes));
  };
  std::vector<Lane> lanes(executor.width());
  std::uint32_t crc = 0;

  const auto produce = [&](std::size_t i, unsigned number) {
    Lane& lane = lanes[number];
    if (!lane.deflate) lane.deflate.emplace(settings_.level, segment_bytes, sink.name());
    const std::uint64_t offset = i * kGzipSegmentBytes;
    const std::byte* content = source.direct(offset, bytes_of(i));
    if (content == nullptr) {
      lane.in.resize(segment_bytes);
      source.gather(offset, MutableByteView(lane.in).first(bytes_of(i)));
      content = lane.in.data();
    }
    lane.crc = ::libdeflate_crc32(0, content, bytes_of(i));
    lane.segment = lane.deflate->compress({content, bytes_of(i)}, i + 1 == segments);
  };
  const auto consume = [&](std::size_t i, unsigned number) {
    crc = static_cast<std::uint32_t>(::crc32_combine(crc, lanes[number].crc, static_cast<z_off_t>(bytes_of(i))));
    std::array<std::byte, 8> trailer;
    store_le(trailer.data(), crc);
    store_le(trailer.data() + 4, static_cast<std::uint32_t>(bytes));  // modulo 2^32, as the format says
    const std::array<ByteView, 3> runs{std::as_bytes(std::span(kMemberHeader)), lanes[number].segment, trailer};
    const bool first = i == 0, last = i + 1 == segments;
    sink.append(std::span(runs).subspan(first ? 0 : 1, 1 + (first ? 1 : 0) + (last ? 1 : 0)));
  };
  executor.ordered(segments, produce, consume);
}

void GzipCodec::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor&) const {
  Inflater inflater(object);
  const std::uint64_t bytes = dest.bytes();
  std::byte* all = dest.direct(0, bytes);
  std::vector<std::byte> out(all == nullptr ? kGzipPieceBytes : 0);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t left = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), bytes - at));
    const MutableByteView piece =
        all != nullptr ? MutableByteView(all + at, at_once(bytes - at)) : MutableByteView(out.data(), left);
    if (!inflater.read(piece)) {
      throw Error(ErrorCode::kCorrupt,
                  object.name() + ": expected " + std::to_string(bytes) + " bytes of content, found fewer");
    }
    if (all == nullptr) dest.scatter(at, piece);
    at += piece.size();
  }
  inflater.finish(bytes);
  if (all != nullptr) dest.landed(0, bytes);
}

// Of one member of less than 4 GiB.
std::optional<std::uint64_t> GzipCodec::content_bytes(const bytes::RandomAccess& object) const {
  std::array<std::byte, 4> size{};
  if (object.size() >= size.size()) object.read_at(object.size() - size.size(), MutableByteView(size));
  return load_le<std::uint32_t>(size.data());
}

}  // namespace chunkmark::codec
