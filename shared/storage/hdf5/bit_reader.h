// BitReader: a chunk's bytes as a stream of bits, highest first. Errors: kCorrupt past the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

class BitReader {
 public:
  // `what` names the filter and the chunk in errors.
  BitReader(ByteView bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  // At most 64.
  std::uint64_t next(unsigned bits) {
    std::uint64_t value = 0;
    while (bits > 0) {
      if (at_ / 8 >= bytes_.size())
        corrupt(what_, "its " + std::to_string(bytes_.size()) + " bytes end within an element");
      const auto left = static_cast<unsigned>(8 - at_ % 8);
      const unsigned take = std::min(left, bits);
      const unsigned byte = std::to_integer<unsigned>(bytes_[static_cast<std::size_t>(at_ / 8)]);
      value = value << take | (byte >> (left - take) & ((1u << take) - 1));
      at_ += take;
      bits -= take;
    }
    return value;
  }

 private:
  ByteView bytes_;
  std::string what_;
  std::uint64_t at_ = 0;
};

}  // namespace chunkmark::hdf5
