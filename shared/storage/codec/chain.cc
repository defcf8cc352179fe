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
    const Size expected = before().encoded_size(dest);
    std::vector<std::byte> content;
    if (expected.exact) {
      content.resize(static_cast<std::size_t>(expected.bytes));
      const array::Shape shape{expected.bytes};
      last().decode(object, {array::Dest::dense(content.data(), kByte, shape), array::whole(shape), {shape}}, executor);
    } else {
      content = last().decoded_copy(object, expected.bytes, executor);
    }
    before().decode(bytes::MemoryFile(object.name(), std::move(content)), dest, executor);
  }

  std::vector<std::byte> decoded_copy(const RandomAccess& object, std::uint64_t max_bytes, Executor& executor) const {
    if (n > 0 && !is_checksum(last())) {
      if (n == 1) return last().decoded_copy(object, max_bytes, executor);
      const bytes::MemoryFile content(object.name(),
                                      last().decoded_copy(object, most_encoded_bytes(max_bytes), executor));
      return before().decoded_copy(content, max_bytes, executor);
    }
    if (n > 0) return before().decoded_copy(VerifiedObject(object), max_bytes, executor);
    if (object.size() > max_bytes) {
      refuse_corrupt(object.name(), "at most " + std::to_string(max_bytes) + " bytes", std::to_string(object.size()));
    }
    std::vector<std::byte> content(static_cast<std::size_t>(object.size()));
    object.read_at(0, MutableByteView(content));
    return content;
  }

  // What these codecs make of a chunk: exactly, or at most.
  struct Size {
    std::uint64_t bytes;
    bool exact;
  };
  Size encoded_size(const ChunkDest& dest) const {
    if (n == 0 && chain.sharding) return {chain.sharding->most_encoded_bytes(dest), false};
    if (n == 0) return {dest.bytes(), true};
    const Size size = before().encoded_size(dest);
    const auto exact = last().exact_bytes(size.bytes);
    return exact ? Size{*exact, size.exact} : Size{most_encoded_bytes(size.bytes), false};
  }

  static constexpr array::DType kByte{array::Kind::kUInt, 1};
};

}  // namespace

bool Chain::encodes_on_one_lane(std::uint64_t chunk_bytes) const {
  const bool on_lanes = sharding || std::any_of(codecs.begin(), codecs.end(),
                                                [](const auto& codec) { return codec->encodes_on_lanes(); });
  return !on_lanes && !exact_bytes(chunk_bytes);
}

std::optional<std::uint64_t> Chain::exact_bytes(std::uint64_t chunk_bytes) const {
  if (sharding) return std::nullopt;
  std::optional<std::uint64_t> bytes = chunk_bytes;
  for (std::size_t i = 0; bytes && i < codecs.size(); ++i) bytes = codecs[i]->exact_bytes(*bytes);
  return bytes;
}

void Chain::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  Stages{*this, codecs.size()}.encode(source, sink, executor);
}

void Chain::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
  Stages{*this, codecs.size()}.decode(object, dest, executor);
}

std::vector<std::byte> Chain::decoded_copy(const bytes::RandomAccess& object, std::uint64_t max_bytes,
                                           Executor& executor) const {
  return Stages{*this, codecs.size()}.decoded_copy(object, max_bytes, executor);
}

}  // namespace chunkmark::codec
