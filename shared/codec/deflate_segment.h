// DeflateSegment: compresses one part of a chunk by itself, so that the parts, one after the other, are one DEFLATE
// stream. Source: RFC 1951.
//
// libdeflate is two to three times as fast as zlib, at the same size, but it only makes whole streams. What ends a
// stream is one bit in the header of its last block: that bit is looked up with zlib's inflate, which can stop between
// blocks, and cleared; an empty stored block then fills the last byte.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::codec {

class DeflateSegment {
 public:
  // `level` 0..9; segments are of at most `most_bytes`. `name` is for errors, and borrowed. Scratch: twice `most_bytes`
  // and the library's tables (1 MB at most).
  DeflateSegment(int level, std::size_t most_bytes, const std::string& name);
  ~DeflateSegment();
  DeflateSegment(DeflateSegment&&) noexcept;

  // Blocks that hold `content`, up to a byte's end; the last of them ends the stream when `last`. Borrowed until the
  // next call.
  ByteView compress(ByteView content, bool last);

 private:
  std::size_t join(std::size_t bytes, std::size_t content_bytes);

  struct State;

  const std::string& name_;
  std::unique_ptr<State> state_;
  std::vector<std::byte> out_;
  std::vector<std::byte> content_;  // decoded again on the way to the last block
};

}  // namespace chunkmark::codec
