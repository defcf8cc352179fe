// BufferCodec: a codec whose method needs a chunk as a whole: it holds the chunk.
//
// Beside the array there are, while it works, all that is stored and, where the array is not contiguous, all of the
// content. What can be decoded straight into a contiguous array is. Immutable; safe from several threads.
#pragma once

#include <vector>

#include "storage/codec/codec.h"

namespace chunkmark::codec {

class BufferCodec : public Codec {
 public:
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const final;
  void decode(const RandomAccess& object, const ChunkDest& dest, Executor& executor) const final;

 protected:
  virtual std::vector<std::byte> encode_copy(ByteView content, const std::string& object) const = 0;
  // Fills `out`. Errors: kCorrupt, naming `object`; where exact_bytes() says a size, `stored` is of it.
  virtual void decode_into(ByteView stored, MutableByteView out, const std::string& object) const = 0;
};

// The codecs by their numcodecs names, with numcodecs' settings. Errors: kCorrupt and kUnsupported, naming `document`.
std::shared_ptr<const Codec> make_lz4(const json::object& settings, const std::string& document);
// `item_bytes` counts where the settings say no "elementsize".
std::shared_ptr<const Codec> make_shuffle(const json::object& settings, std::uint32_t item_bytes,
                                          const std::string& document);

}  // namespace chunkmark::codec
