#include "storage/codec/buffer_codec.h"

#include "base/json_members.h"

namespace chunkmark::codec {

void BufferCodec::encode(const ChunkSource& source, Sink& sink, Executor&) const {
  const auto bytes = static_cast<std::size_t>(source.bytes());
  std::vector<std::byte> gathered;
  const std::byte* content = source.direct(0, bytes);
  if (content == nullptr) {
    gathered.resize(bytes);
    source.gather(0, gathered);
    content = gathered.data();
  }
  sink.append(encode_copy({content, bytes}, sink.name()));
}

void BufferCodec::decode(const RandomAccess& object, const ChunkDest& dest, Executor&) const {
  const auto bytes = static_cast<std::size_t>(dest.bytes());
  if (const auto expected = exact_bytes(bytes); expected && *expected != object.size()) {
    refuse_corrupt(object.name(), std::to_string(*expected) + " bytes of " + std::string(name()),
                   std::to_string(object.size()));
  }
  std::vector<std::byte> read;
  ByteView stored = object.view(0, object.size());
  if (stored.empty() && object.size() > 0) {
    read.resize(static_cast<std::size_t>(object.size()));
    object.read_at(0, MutableByteView(read));
    stored = read;
  }
  if (std::byte* all = dest.direct(0, bytes)) {
    decode_into(stored, {all, bytes}, object.name());
    return dest.landed(0, bytes);
  }
  std::vector<std::byte> content(bytes);
  decode_into(stored, content, object.name());
  dest.scatter(0, content);
}

}  // namespace chunkmark::codec
