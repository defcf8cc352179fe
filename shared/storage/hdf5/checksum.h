// The two checksums inside HDF5 files.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace chunkmark::hdf5 {

// Bob Jenkins' lookup3 ("hashlittle"): metadata checksums and name hashes of the newer structures.
std::uint32_t lookup3(ByteView bytes, std::uint32_t initial = 0);

// The fletcher32 filter's sum over big-endian 16-bit words, piece by piece. All pieces but the last are of whole words.
//
// Folding adds the upper half to the lower: it keeps the number modulo 65535, and makes 0 of 0 alone. So the value does
// not depend on when, or how often, was folded.
class Fletcher32 {
 public:
  void add(ByteView piece);
  std::uint32_t value() const;

 private:
  std::uint32_t low_ = 0, high_ = 0;
};
std::uint32_t fletcher32(ByteView bytes);

// `block` without the lookup3 checksum of it that its last 4 bytes hold; kCorrupt if that does not match. `what` names
// the block in errors.
ByteView without_checksum(ByteView block, std::string_view what);

}  // namespace chunkmark::hdf5
