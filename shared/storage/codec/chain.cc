#include "storage/codec/chain.h"

#include "base/json_members.h"
#include "bytes/buffer_sink.h"
#include "bytes/memory_file.h"
#include "storage/codec/checksum.h"
#include "storage/codec/raw.h"
#include "storage/codec/sharding.h"

namespace chunkmark::codec {
namespace {

// What a chunk's content may grow to on its way through a chain: no compressor here adds more to what it cannot
// compress.
std::uint64_t most_encoded_bytes(std::uint64_t chunk_bytes) {
  return chunk_bytes + chunk_bytes / 8 + 65536;
}

bool is_checksum(const Codec& codec) {
  return codec.name() == kChecksumName;
}

// The first `n` codecs of a chain.
struct Stages {
  const Chain& chain;
  std::size_t n;

  const Codec& last() const { return *chain.codecs[n - 1]; }
  Stages before() const { return {chain, n - 1}; }

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
    if (n == 0) {
      if (chain.sharding) return chain.sharding->encode(source, sink, executor);
      return encode_raw(source, sink);
    }
    if (is_checksum(last())) {
      ChecksumSink summed(sink);
      before().encode(source, summed, executor);
      return summed.finish();
    }
    if (n == 1 && !chain.sharding) return last().encode(source, sink, executor);
    bytes::BufferSink whole(sink.name());
    before().encode(source, whole, executor);
    const array::Shape shape{whole.bytes().size()};
    last().encode(ChunkSource(array::Source::dense(whole.bytes().data(), kByte, shape), array::whole(shape), {shape}),
                  sink, executor);
  }

  void decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
    if (n == 0) {
      if (chain.sharding) return chain.sharding->decode(object, dest, executor);
      return decode_raw(object, dest);
    }
    if (is_checksum(last())) return before().decode(VerifiedObject(object), dest, executor);
    if (n == 1 && !chain.sharding) return last().decode(object, dest, executor);
    before().decode(bytes::MemoryFile(object.name(), last_decoded(object, most_encoded_bytes(dest.bytes()), executor)),
                    dest, executor);
  }

  std::vector<std::byte> last_decoded(const RandomAccess& object, std::uint64_t max_bytes, Executor& executor) const {
    const array::Shape shape{last().content_bytes(object)};
    if (shape[0] > max_bytes) {
      refuse_corrupt(object.name(),
                     "at most " + std::to_string(max_bytes) + " bytes before " + std::string(last().name()),
                     std::to_string(shape[0]));
    }
    std::vector<std::byte> content(static_cast<std::size_t>(shape[0]));
    const ChunkDest dest(array::Dest::dense(content.data(), kByte, shape), array::whole(shape), {shape});
    last().decode(object, dest, executor);
    return content;
  }

  static constexpr array::DType kByte{array::Kind::kUInt, 1};
};

}  // namespace

std::optional<std::uint64_t> Chain::exact_bytes(std::uint64_t chunk_bytes) const {
  if (sharding) return std::nullopt;
  for (const auto& codec : codecs) {
    if (!is_checksum(*codec)) return std::nullopt;
    chunk_bytes += kChecksumBytes;
  }
  return chunk_bytes;
}

void Chain::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  Stages{*this, codecs.size()}.encode(source, sink, executor);
}

void Chain::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
  Stages{*this, codecs.size()}.decode(object, dest, executor);
}

}  // namespace chunkmark::codec
