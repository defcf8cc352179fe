#include "storage/codec/checksum.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/json_members.h"
#include "storage/codec/raw.h"

namespace chunkmark::codec {

void ChecksumSink::append(std::span<const ByteView> runs) {
  for (const ByteView run : runs) {
    sum_.add(run);
    end_ += run.size();
  }
  sink_.append(runs);
}

void ChecksumSink::reserve(std::size_t bytes) {
  reserved_sum_ = sum_;
  reserved_at_ = end_;
  sum_.add_zeros(bytes);
  end_ += bytes;
  sink_.reserve(bytes);
}

void ChecksumSink::patch_at(std::uint64_t offset, ByteView bytes) {
  sum_.fill_in(bytes, end_ - offset - bytes.size());
  sink_.patch_at(offset, bytes);
}

void ChecksumSink::truncate(std::uint64_t size) {
  sum_ = size == 0 ? Crc32c() : reserved_sum_;
  end_ = size;
  sink_.truncate(size);
}

void ChecksumSink::commit() {
  sink_.commit();
}

void ChecksumSink::finish() {
  std::array<std::byte, kChecksumBytes> bytes;
  store_le(bytes.data(), sum_.value());
  sink_.append(bytes);
}

VerifiedObject::VerifiedObject(const bytes::RandomAccess& object) : object_(object) {
  if (object.size() < kChecksumBytes) {
    refuse_corrupt(object.name(), "a checksum of 4 bytes", std::to_string(object.size()));
  }
  Crc32c sum;
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(size(), kChecksumPieceBytes)));
  for (std::uint64_t at = 0; at < size();) {
    const MutableByteView bytes(piece.data(),
                                static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size() - at)));
    object.read_at(at, bytes);
    sum.add(bytes);
    at += bytes.size();
  }
  std::array<std::byte, kChecksumBytes> stored;
  object.read_at(size(), MutableByteView(stored));
  const std::uint32_t expected = load_le<std::uint32_t>(stored.data());
  if (expected != sum.value()) {
    refuse_corrupt(object.name(), "CRC-32C " + std::to_string(expected), std::to_string(sum.value()));
  }
}

void VerifiedObject::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  std::uint64_t end = offset;
  for (const MutableByteView run : runs) end += run.size();
  if (end > size()) {
    refuse_corrupt(name(), std::to_string(end) + " bytes before the checksum", std::to_string(size()));
  }
  object_.read_at(offset, runs);
}

void ChecksumCodec::encode(const ChunkSource& source, Sink& sink, Executor&) const {
  ChecksumSink summed(sink);
  encode_raw(source, summed);
  summed.finish();
}

std::optional<std::uint64_t> ChecksumCodec::content_bytes(const bytes::RandomAccess& object) const {
  return object.size() - std::min<std::uint64_t>(object.size(), kChecksumBytes);
}

void ChecksumCodec::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor&) const {
  decode_raw(VerifiedObject(object), dest);
}

}  // namespace chunkmark::codec
