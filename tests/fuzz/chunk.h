// decode_chunk: what the targets for compressed chunks share. The first byte of the input chooses the chunk, the rest
// is it.
//
// A chunk is decoded into memory of its own (dense; backwards, which goes through scratch; a part of the chunk; the
// other byte order). Whatever the bytes are, it is decoded or refused.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz.h"
#include "storage/codec/chain.h"
#include "storage/codec/checksum.h"
#include "storage/codec/registry.h"

namespace chunkmark::fuzz {

class Object final : public bytes::RandomAccess {
 public:
  explicit Object(ByteView bytes) : bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    for (const MutableByteView run : runs) {
      // Codecs know the size; reading beyond it is a mistake of theirs.
      if (offset > bytes_.size() || run.size() > bytes_.size() - offset) std::abort();
      if (!run.empty()) std::memcpy(run.data(), bytes_.data() + offset, run.size());
      offset += run.size();
    }
  }

 private:
  std::string name_ = "input";
  ByteView bytes_;
};

inline constexpr array::DType kFloat32{array::Kind::kFloat, 4};

inline void decode_chunk(codec::Chain chain, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  constexpr std::uint64_t kElements[] = {1, 100, 3000, 300000};
  const std::uint64_t n = kElements[data[0] & 3];
  const bool backwards = (data[0] & 4) != 0;
  const bool part = (data[0] & 8) != 0 && n > 50;

  if ((data[0] & 32) != 0) chain.codecs.push_back(std::make_shared<codec::ChecksumCodec>());
  array::ChunkForm form;
  form.chunk_shape = {n};
  form.swap_bytes = (data[0] & 16) != 0;
  const array::Region region = part ? array::Region{{20}, {n - 40}} : array::whole({n});
  const std::uint64_t wanted = region.shape[0];
  std::vector<std::byte> memory(wanted * 4);
  array::Dest dest = array::Dest::dense(memory.data(), kFloat32, {wanted});
  if (backwards) {
    dest.data += 4 * (wanted - 1);
    dest.strides[0] = -4;
  }
  Object object(bytes(data + 1, size - 1));
  InlineExecutor executor;
  try {
    chain.decode(object, {dest, region, form}, executor);
  } catch (const Error& error) {
    if (!is_refusal(error)) throw;
  }
}

inline void decode_chunk(const char* compressor, const std::uint8_t* data, std::size_t size) {
  codec::Chain chain;
  chain.codecs = codec::default_codecs(compressor, kFloat32);
  decode_chunk(std::move(chain), data, size);
}

}  // namespace chunkmark::fuzz
