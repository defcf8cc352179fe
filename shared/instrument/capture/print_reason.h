// Why a buffer's content was looked at. The numbers stand in captures.
#pragma once

#include <cstdint>

namespace chunkmark::capture {

enum class PrintReason : std::uint8_t {
  kFree = 1,  // it ends
  kMark = 2,  // the program set a mark
  kPeak = 3,  // large buffers are about to hold more than ever
  kEnd = 4,   // the process ends
};

}  // namespace chunkmark::capture
