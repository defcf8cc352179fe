// CRC-32C (Castagnoli), with the processor's instruction where there is one. Source: RFC 3720 section 12.1.
//
// A Crc32c also tells what zeros in the middle of the bytes, filled in later, do to the sum: the code is linear.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace chunkmark {

class Crc32c {
 public:
  void add(ByteView bytes);
  void add_zeros(std::uint64_t bytes);
  // Bytes that were added as zeros turn out to be these; `behind` bytes have been added since their end.
  void fill_in(ByteView bytes, std::uint64_t behind);

  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffff;
};

}  // namespace chunkmark
