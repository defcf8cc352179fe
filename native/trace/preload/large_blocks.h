// LargeBlocks: size of the large blocks that live, so that what of one was touched can be recorded before it ends.
//
// A free has the address alone, and an allocator's own word for the size may be another library's than the block. So
// sizes are kept here: buckets of one cache line each, of which a free reads one. A full bucket forgets its oldest. All
// of it is atomic, and a race costs at most what is told of one block. Plain data, zero at first: it lives in the slot.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace chunkmark::trace {

class LargeBlocks {
 public:
  void add(std::uint64_t address, std::uint64_t bytes) {
    Bucket& bucket = bucket_of(address);
    std::size_t place = 0;
    while (place < kPlaces && bucket.addresses[place].load(std::memory_order_relaxed) != 0) ++place;
    if (place == kPlaces) place = bucket.oldest.fetch_add(1, std::memory_order_relaxed) % kPlaces;
    bucket.bytes[place].store(bytes, std::memory_order_relaxed);
    bucket.addresses[place].store(address, std::memory_order_release);
  }

  // The size of the block at `address`, which is forgotten; 0 if it is none.
  std::uint64_t take(std::uint64_t address) {
    Bucket& bucket = bucket_of(address);
    for (std::size_t place = 0; place < kPlaces; ++place) {
      if (bucket.addresses[place].load(std::memory_order_acquire) != address) continue;
      const std::uint64_t bytes = bucket.bytes[place].load(std::memory_order_relaxed);
      bucket.addresses[place].store(0, std::memory_order_relaxed);
      return bytes;
    }
    return 0;
  }

 private:
  static constexpr std::size_t kBuckets = 64, kPlaces = 8;
  struct Bucket {
    alignas(64) std::atomic<std::uint64_t> addresses[kPlaces];
    std::atomic<std::uint64_t> bytes[kPlaces];
    std::atomic<std::uint32_t> oldest;
  };

  // Large blocks begin at about the same place of a page.
  Bucket& bucket_of(std::uint64_t address) { return buckets_[(address >> 12) * 0x9e3779b97f4a7c15u >> 58]; }

  Bucket buckets_[kBuckets];
};

}  // namespace chunkmark::trace
