// StreamCodec: a codec whose library takes and gives bytes as they come: numcodecs' zlib, bz2 and lzma.
//
// Scratch: kStreamPieceBytes for each side that is not contiguous memory, and the library's state (zlib at most 270 KB,
// bz2 8 MB, lzma what its settings say; to decode at most 256 MiB). Decoded bytes go straight into the array
// where it is contiguous. Immutable; safe from several threads.
#pragma once

#include "storage/codec/codec.h"

namespace chunkmark::codec {

inline constexpr std::size_t kStreamPieceBytes = 128 * 1024;

// One run through a library, in one of the two directions.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Works until `in` or `out` is used up or the stream ends, and moves both on past what is done; true at the end. With
  // `last`, nothing comes behind `in`. `out` is of at least a byte. Errors: kCorrupt.
  virtual bool step(ByteView& in, MutableByteView& out, bool last) = 0;
};

class StreamCodec : public Codec {
 public:
  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const final;
  void decode(const RandomAccess& object, const ChunkDest& dest, Executor& executor) const final;
  std::optional<std::uint64_t> content_bytes(const RandomAccess&) const final { return std::nullopt; }
  std::vector<std::byte> decoded_copy(const RandomAccess& object, std::uint64_t max_bytes,
                                      Executor& executor) const final;

 protected:
  // `object` is for errors, and borrowed.
  virtual std::unique_ptr<ByteStream> encoder(const std::string& object) const = 0;
  virtual std::unique_ptr<ByteStream> decoder(const std::string& object) const = 0;
};

// The codecs by their numcodecs names, with numcodecs' settings. Errors: kCorrupt and kUnsupported, naming `document`.
std::shared_ptr<const Codec> make_zlib(const json::object& settings, const std::string& document);
std::shared_ptr<const Codec> make_bz2(const json::object& settings, const std::string& document);
std::shared_ptr<const Codec> make_lzma(const json::object& settings, const std::string& document);

}  // namespace chunkmark::codec
