#include "bytes/block_cache.h"

#include <algorithm>
#include <set>

namespace chunkmark::bytes {
namespace {

constexpr std::uint64_t kBlocks = BlockCache::kCacheBytes / BlockCache::kBlockBytes;
constexpr std::uint64_t kAnnouncedBlocks = kBlocks / 5;  // with gaps, what is announced fits

}  // namespace

BlockCache::BlockCache(std::unique_ptr<RandomAccess> far, std::unique_ptr<Executor> executor)
    : far_(std::move(far)), executor_(std::move(executor)) {}

void BlockCache::make_room(std::uint64_t blocks) const {
  while (!blocks_.empty() && blocks_.size() + blocks > kBlocks) {
    blocks_.erase(std::min_element(blocks_.begin(), blocks_.end(),
                                   [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
}

// Blocks that are not here yet, each run with one read. A block that could not be filled is forgotten.
void BlockCache::fetch(std::span<const Run> runs) const {
  std::uint64_t count = 0;
  for (const Run& run : runs) count += run.count;
  make_room(count);
  std::vector<std::vector<MutableByteView>> parts(runs.size());
  try {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      for (std::uint64_t n = runs[i].first; n < runs[i].first + runs[i].count; ++n) {
        Block& block = blocks_[n];
        block.used = ++clock_;
        block.bytes.resize(static_cast<std::size_t>(std::min(kBlockBytes, size() - n * kBlockBytes)));
        parts[i].emplace_back(block.bytes);
      }
    }
    executor_->parallel(runs.size(),
                        [&](std::size_t i, unsigned) { far_->read_at(runs[i].first * kBlockBytes, parts[i]); });
  } catch (...) {
    for (const Run& run : runs) {
      for (std::uint64_t n = run.first; n < run.first + run.count; ++n) blocks_.erase(n);
    }
    throw;
  }
}

// `last`: the last block that this read needs.
const BlockCache::Block& BlockCache::block(std::uint64_t number, std::uint64_t last) const {
  auto found = blocks_.find(number);
  if (found == blocks_.end()) {
    const bool goes_on = number >= next_ && number - next_ <= kFirstAhead / kBlockBytes && next_ > 0;
    ahead_ = goes_on ? std::min(ahead_ * 2, kMaxAhead) : kFirstAhead;
    const std::uint64_t end =
        std::min(std::max(last + 1, number + ahead_ / kBlockBytes), (size() + kBlockBytes - 1) / kBlockBytes);
    Run run{number, 1};
    while (run.first + run.count < end && !blocks_.count(run.first + run.count)) ++run.count;
    fetch(std::span(&run, 1));
    next_ = run.first + run.count;
    found = blocks_.find(number);
  }
  found->second.used = ++clock_;
  return found->second;
}

void BlockCache::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  const std::uint64_t count = total_bytes(runs);
  if (count >= kDirectBytes) return far_->read_at(offset, runs);
  check_range(name(), offset, count, size());
  if (count == 0) return;
  const std::uint64_t last = (offset + count - 1) / kBlockBytes;
  const std::scoped_lock lock(mutex_);
  for (MutableByteView run : runs) {
    while (!run.empty()) {
      const Block& from = block(offset / kBlockBytes, last);
      const auto skip = static_cast<std::size_t>(offset % kBlockBytes);
      const std::size_t n = std::min(run.size(), from.bytes.size() - skip);
      std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(skip), n, run.begin());
      run = run.subspan(n);
      offset += n;
    }
  }
}

void BlockCache::prefetch(std::span<const Extent> parts) const {
  const std::scoped_lock lock(mutex_);
  std::set<std::uint64_t> wanted;
  for (const Extent& part : parts) {
    if (part.size == 0 || part.size >= kDirectBytes || part.offset >= size()) continue;
    const std::uint64_t last = (part.offset + std::min(part.size, size() - part.offset) - 1) / kBlockBytes;
    for (std::uint64_t n = part.offset / kBlockBytes; n <= last && wanted.size() < kAnnouncedBlocks; ++n) {
      const auto found = blocks_.find(n);
      if (found == blocks_.end()) {
        wanted.insert(n);
      } else {
        found->second.used = ++clock_;
      }
    }
  }
  // A gap that comes in the time of a round trip is fetched as well.
  std::vector<Run> runs;
  for (const std::uint64_t n : wanted) {
    if (!runs.empty()) {
      Run& last = runs.back();
      const std::uint64_t gap = n - (last.first + last.count), all = n + 1 - last.first;
      bool joins = gap <= kFirstAhead / kBlockBytes && all <= kMaxAhead / kBlockBytes;
      for (std::uint64_t between = n - gap; joins && between < n; ++between) joins = !blocks_.count(between);
      if (joins) {
        last.count = all;
        continue;
      }
    }
    runs.push_back({n, 1});
  }
  fetch(runs);
}

}  // namespace chunkmark::bytes
