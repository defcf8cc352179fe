// The "crc32c" codec: four bytes behind the stored object, the CRC-32C of all before. Source: Zarr v3 crc32c codec 1.0.
//
// Writing sums what passes by. Reading sums the object once before it is decoded, piece by piece, so that damaged bytes
// never reach a decoder: it costs one more pass over the stored bytes, from the page cache. Scratch:
// kChecksumPieceBytes.
#pragma once

#include "base/crc32c.h"
#include "bytes/random_access.h"
#include "bytes/sink.h"
#include "storage/codec/codec.h"

namespace chunkmark::codec {

inline constexpr std::string_view kChecksumName = "crc32c";
inline constexpr std::size_t kChecksumBytes = 4;
inline constexpr std::size_t kChecksumPieceBytes = 128 * 1024;

// Passes everything on to another sink and appends the sum in finish(). Borrows that sink, which it does not commit.
class ChecksumSink final : public bytes::Sink {
 public:
  explicit ChecksumSink(bytes::Sink& sink) : sink_(sink) {}

  const std::string& name() const override { return sink_.name(); }
  using Sink::append;
  void append(std::span<const ByteView> runs) override;
  void reserve(std::size_t bytes) override;
  void patch_at(std::uint64_t offset, ByteView bytes) override;
  void truncate(std::uint64_t size) override;
  void commit() override;

  void finish();

 private:
  bytes::Sink& sink_;
  Crc32c sum_, reserved_sum_;  // of all, and of what was there before the last range was reserved
  std::uint64_t end_ = 0, reserved_at_ = 0;
};

// The object without its sum, which the constructor has verified. Borrows the object. Errors: kCorrupt.
class VerifiedObject final : public bytes::RandomAccess {
 public:
  explicit VerifiedObject(const bytes::RandomAccess& object);

  const std::string& name() const override { return object_.name(); }
  std::uint64_t size() const override { return object_.size() - kChecksumBytes; }
  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;

 private:
  const bytes::RandomAccess& object_;
};

// The codec by itself, on the serial bytes. A chain never calls it: it wraps what comes before.
class ChecksumCodec final : public Codec {
 public:
  std::string_view name() const override { return kChecksumName; }
  json::object configuration(Dialect) const override { return {}; }
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override;
  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const override;
  std::optional<std::uint64_t> exact_bytes(std::uint64_t bytes) const override { return bytes + kChecksumBytes; }
  std::optional<std::uint64_t> content_bytes(const bytes::RandomAccess& object) const override;
};

}  // namespace chunkmark::codec
