// DeflateSegment: compresses one part of a chunk by itself, so that the parts, one after the other, are one DEFLATE
// stream. Source: RFC 1951.
//
// libdeflate takes a third to a half of zlib's time where data do not shrink much, but it only makes whole streams.
// What ends a stream is one bit in the header of its last block: that bit is looked up with zlib's inflate, which can
// stop between blocks, and cleared; an empty stored block then fills the last byte. That costs a fifth of the time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::codec {

// At each end of a piece zlib keeps 32 KiB of it aside.
inline constexpr std::size_t kJoinPieceBytes = 256 * 1024;

class DeflateSegment {
 public:
  // `level` 0..9; segments are of at most `max_bytes`. `name` is for errors, and borrowed. Scratch: `max_bytes`,
  // kJoinPieceBytes and the libraries' tables (0.7 MB). Errors: kInvalidArgument, kIo.
  DeflateSegment(int level, std::size_t max_bytes, const std::string& name);
  ~DeflateSegment();
  DeflateSegment(DeflateSegment&&) noexcept;

  // Blocks that hold `content`, up to a byte's end; the last of them ends the stream when `last`. Borrowed until the
  // next call.
  ByteView compress(ByteView content, bool last);

 private:
  std::size_t join(std::size_t bytes);

  struct State;

  const std::string& name_;
  std::unique_ptr<State> state_;
  std::vector<std::byte> out_;
  std::vector<std::byte> piece_;  // of the content, decoded on the way to the last block and dropped
};

}  // namespace chunkmark::codec
