// What tests of codecs share: contents of several kinds, and chunks encoded and decoded in memory.
#pragma once

#include <cstring>
#include <random>

#include "base/error.h"
#include "native/os/thread_executor.h"
#include "storage/codec/chain.h"
#include "storage/codec/checksum.h"
#include "storage/codec/registry.h"
#include "storage/store/memory_store.h"

namespace chunkmark::codec {

using array::ChunkForm;
using array::Dest;
using array::DType;
using array::Kind;
using array::Shape;
using array::Source;
using Bytes = std::vector<std::byte>;

enum class Content { kSmooth, kRandomFloats, kNoise, kZeros };

inline Bytes content(Content kind, std::size_t n) {
  std::mt19937 random(3);
  Bytes bytes(n);
  if (kind == Content::kSmooth || kind == Content::kRandomFloats) {
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i + 4 <= n; i += 4) {
      const std::size_t step = i / 64;
      store_le(&bytes[i], kind == Content::kSmooth ? static_cast<float>(step) : normal(random));
    }
  } else if (kind == Content::kNoise) {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  }
  return bytes;
}

inline ChunkForm form_of(Shape shape, bool swap = false) {
  ChunkForm form;
  form.chunk_shape = std::move(shape);
  form.swap_bytes = swap;
  return form;
}

inline ChunkSource source_of(const Bytes& bytes, DType dtype, const Shape& shape, bool swap = false) {
  return {Source::dense(bytes.data(), dtype, shape), array::whole(shape), form_of(shape, swap)};
}

inline Bytes encode(const Chain& chain, const ChunkSource& source, Executor& executor) {
  store::MemoryStore store;
  const auto sink = store.create("c", chain.exact_bytes(source.bytes()));
  chain.encode(source, *sink, executor);
  sink->commit();
  const auto object = store.open("c");
  Bytes stored(static_cast<std::size_t>(object->size()));
  object->read_at(0, MutableByteView(stored));
  return stored;
}

inline void decode(const Chain& chain, const Bytes& stored, const ChunkDest& dest, Executor& executor) {
  store::MemoryStore store;
  const auto sink = store.create("c", stored.size());
  sink->append(stored);
  sink->commit();
  chain.decode(*store.open("c"), dest, executor);
}

inline Bytes decode(const Chain& chain, const Bytes& stored, DType dtype, const Shape& shape, Executor& executor) {
  Bytes memory(static_cast<std::size_t>(array::checked_element_count(shape, dtype.item_bytes, "test")) *
               dtype.item_bytes);
  decode(chain, stored, {Dest::dense(memory.data(), dtype, shape), array::whole(shape), form_of(shape)}, executor);
  return memory;
}

// "zstd, crc32c".
inline std::string names(const Chain& chain) {
  std::string all;
  for (const auto& codec : chain.codecs) all += (all.empty() ? "" : ", ") + std::string(codec->name());
  return all;
}

inline std::vector<Chain> chains(DType dtype) {
  std::vector<Chain> all;
  for (const char* name : {"none", "blosc", "zstd", "gzip", "lz4"}) {
    for (const bool checksum : {false, true}) {
      Chain chain;
      chain.codecs = default_codecs(name, dtype);
      if (checksum) chain.codecs.push_back(std::make_shared<ChecksumCodec>());
      all.push_back(chain);
    }
  }
  return all;
}

}  // namespace chunkmark::codec
