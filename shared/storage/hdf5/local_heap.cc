#include "storage/hdf5/local_heap.h"

#include <algorithm>

namespace chunkmark::hdf5 {

LocalHeap::LocalHeap(const Container& container, std::uint64_t address) : container_(container) {
  const Widths widths = container.widths();
  const Block block = container.read(address, 8 + 2 * widths.length + widths.offset, "local heap");
  Cursor cursor(block.bytes(), "local heap", widths);
  cursor.expect("HEAP");
  cursor.skip(4);
  bytes_ = cursor.length();
  cursor.skip(widths.length);
  data_ = cursor.address();
}

std::string LocalHeap::text(std::uint64_t offset) const {
  std::string text;
  // Names are short: most end in the first 64 bytes.
  for (std::uint64_t step = 64;; step *= 4) {
    if (offset >= bytes_)
      corrupt("local heap", "a name at " + std::to_string(offset) + ", the heap has " + std::to_string(bytes_));
    const Block block = container_.read(data_ + offset, std::min(step, bytes_ - offset), "local heap");
    const std::string_view part = as_text(block.bytes());
    const std::size_t end = part.find('\0');
    text += part.substr(0, end);
    if (end != std::string_view::npos) return text;
    offset += part.size();
  }
}

}  // namespace chunkmark::hdf5
