#include "requests/workspace.h"

#include <algorithm>

namespace chunkmark::requests {

MutableByteView Result::make(std::size_t bytes) {
  if (bytes > bytes_ || !memory_) memory_.reset(new std::byte[std::max<std::size_t>(bytes, 1)]);
  bytes_ = bytes;
  return {memory_.get(), bytes};
}

void Result::drop() {
  memory_.reset();
  bytes_ = 0;
}

}  // namespace chunkmark::requests
