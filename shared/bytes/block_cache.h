// BlockCache: bytes that are far away, for readers who want a little here and a little there.
//
// Small reads go through blocks of kBlockBytes, of which at most kCacheBytes are kept, the longest unused dropped
// first. How much a miss fetches adapts: kFirstAhead bytes, twice as much each time the reader goes on where the last
// fetch ended, up to kMaxAhead. Announced parts (prefetch) are fetched beside each other, as many as the executor has
// lanes. Reads of kDirectBytes or more go straight to the caller's memory and leave the cache alone. Owns what it reads
// and the executor. Memory: kCacheBytes. Thread-safe. Errors: those of what it reads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/executor.h"
#include "bytes/random_access.h"

namespace chunkmark::bytes {

class BlockCache final : public RandomAccess {
 public:
  static constexpr std::uint64_t kBlockBytes = 16 << 10;  // a commit's headers; the container's page
  static constexpr std::uint64_t kCacheBytes = 16 << 20;
  static constexpr std::uint64_t kFirstAhead = 64 << 10;  // in the time of a round trip that much comes anyway
  static constexpr std::uint64_t kMaxAhead = 1 << 20;
  static constexpr std::uint64_t kDirectBytes = 128 << 10;

  BlockCache(std::unique_ptr<RandomAccess> far, std::unique_ptr<Executor> executor);

  const std::string& name() const override { return far_->name(); }
  std::uint64_t size() const override { return far_->size(); }
  std::string identity() const override { return far_->identity(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;
  // Parts of kDirectBytes or more are left to the read that takes them past the cache.
  void prefetch(std::span<const Extent> parts) const override;
  bool wants_prefetch() const override { return true; }

 private:
  struct Block {
    std::vector<std::byte> bytes;
    std::uint64_t used = 0;  // the later, the larger
  };
  struct Run {
    std::uint64_t first, count;  // blocks
  };

  const Block& block(std::uint64_t number, std::uint64_t last) const;
  void fetch(std::span<const Run> runs) const;
  void make_room(std::uint64_t blocks) const;

  std::unique_ptr<RandomAccess> far_;
  std::unique_ptr<Executor> executor_;
  mutable std::mutex mutex_;  // of what follows
  mutable std::map<std::uint64_t, Block> blocks_;
  mutable std::uint64_t clock_ = 0;
  mutable std::uint64_t next_ = 0;  // the block behind the last fetch
  mutable std::uint64_t ahead_ = kFirstAhead;
};

}  // namespace chunkmark::bytes
