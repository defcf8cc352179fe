// Inflater: the content of an object's gzip members, one after the other, as one stream.
#pragma once

#include <vector>

#include "bytes/random_access.h"
#include "storage/codec/gzip_member.h"

namespace chunkmark::codec {

// Borrows the object. Errors: kCorrupt unless it is gzip members, whole and with the right sums, and nothing else.
class Inflater {
 public:
  explicit Inflater(const bytes::RandomAccess& object);

  // Fills `out`; false when the content ends before.
  bool read(MutableByteView out);

  // Reads the trailer, whose sum is checked. Errors: kCorrupt when there is more content.
  void finish(std::uint64_t expected);

 private:
  // Moves `out` on past what one call of the library gives; false at the end of the last member.
  bool step(MutableByteView& out);

  const bytes::RandomAccess& object_;
  std::vector<std::byte> piece_;
  ByteView left_;  // of the piece
  std::uint64_t at_ = 0;
  GzipMember member_;
  bool between_members_ = false;
};

}  // namespace chunkmark::codec
