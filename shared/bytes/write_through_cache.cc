#include "bytes/write_through_cache.h"

#include <algorithm>
#include <cstring>

namespace chunkmark::bytes {

// At least so many of its bytes, unless the file has fewer: what was its end may have been written behind since.
const WriteThroughCache::Block& WriteThroughCache::load(std::uint64_t number, std::uint64_t needed) const {
  Block& block = place(number);
  if (block.number == number && block.bytes.size() >= needed) return block;
  const std::uint64_t from = number * kBlockBytes, end = file_.size();
  block.bytes.clear();
  std::vector<std::byte> bytes(std::min(kBlockBytes, end - std::min(end, from)));
  if (!bytes.empty()) file_.read_at(from, MutableByteView(bytes));
  block = {number, std::move(bytes)};
  return block;
}

void WriteThroughCache::read_small(std::uint64_t offset, MutableByteView run) const {
  while (!run.empty()) {
    const std::uint64_t number = offset / kBlockBytes, in_block = offset % kBlockBytes;
    const std::size_t count = std::min<std::uint64_t>(run.size(), kBlockBytes - in_block);
    const Block& block = load(number, in_block + count);
    if (in_block + count > block.bytes.size()) check_range(name(), offset, count, size());
    std::memcpy(run.data(), block.bytes.data() + in_block, count);
    run = run.subspan(count);
    offset += count;
  }
}

void WriteThroughCache::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  if (total_bytes(runs) > kBlockBytes) return file_.read_at(offset, runs);
  for (const MutableByteView run : runs) {
    read_small(offset, run);
    offset += run.size();
  }
}

void WriteThroughCache::write_at(std::uint64_t offset, std::span<const ByteView> runs) {
  try {
    file_.write_at(offset, runs);
  } catch (...) {
    forget(offset, total_bytes(runs));  // which of it is written is not known
    throw;
  }
  for (const ByteView run : runs) {
    update(offset, run);
    offset += run.size();
  }
}

void WriteThroughCache::update(std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const std::uint64_t number = offset / kBlockBytes, in_block = offset % kBlockBytes;
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), kBlockBytes - in_block);
    Block& block = place(number);
    if (block.number == number && !block.bytes.empty()) {
      if (in_block + count <= block.bytes.size()) {
        std::memcpy(block.bytes.data() + in_block, bytes.data(), count);
      } else {
        block.bytes.clear();  // the file has grown
      }
    }
    bytes = bytes.subspan(count);
    offset += count;
  }
}

void WriteThroughCache::forget(std::uint64_t offset, std::uint64_t size) {
  for (Block& block : blocks_) {
    const std::uint64_t from = block.number * kBlockBytes;
    if (from < offset + size && offset < from + kBlockBytes) block.bytes.clear();
  }
}

void WriteThroughCache::truncate(std::uint64_t size) {
  for (Block& block : blocks_) block.bytes.clear();
  file_.truncate(size);
}

}  // namespace chunkmark::bytes
