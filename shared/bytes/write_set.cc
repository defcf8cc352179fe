#include "bytes/write_set.h"

#include <algorithm>

namespace chunkmark::bytes {

namespace {

std::uint64_t end_of(const std::pair<const std::uint64_t, std::vector<std::byte>>& extent) {
  return extent.first + extent.second.size();
}

}  // namespace

void WriteSet::write(std::uint64_t offset, ByteView bytes) {
  if (bytes.empty()) return;
  const std::uint64_t end = offset + bytes.size();
  auto first = extents_.upper_bound(offset);
  if (first != extents_.begin() && end_of(*std::prev(first)) > offset) --first;
  if (first == extents_.end() || first->first >= end) {
    extents_.emplace(offset, std::vector<std::byte>(bytes.begin(), bytes.end()));
    return;
  }
  if (first->first <= offset && end_of(*first) >= end) {  // the same structure written again
    std::copy(bytes.begin(), bytes.end(), first->second.begin() + static_cast<std::ptrdiff_t>(offset - first->first));
    return;
  }
  const auto last = extents_.lower_bound(end);  // behind all that overlap
  const std::uint64_t from = std::min(offset, first->first), to = std::max(end, end_of(*std::prev(last)));
  std::vector<std::byte> merged(to - from);
  for (auto at = first; at != last; ++at) {
    std::copy(at->second.begin(), at->second.end(), merged.begin() + static_cast<std::ptrdiff_t>(at->first - from));
  }
  std::copy(bytes.begin(), bytes.end(), merged.begin() + static_cast<std::ptrdiff_t>(offset - from));
  extents_.erase(first, last);
  extents_.emplace(from, std::move(merged));
}

bool WriteSet::covers(std::uint64_t offset, std::uint64_t size) const {
  const auto after = extents_.upper_bound(offset);
  return after != extents_.begin() && end_of(*std::prev(after)) >= offset + size;
}

void WriteSet::patch(std::uint64_t offset, MutableByteView run) const {
  const std::uint64_t end = offset + run.size();
  auto at = extents_.upper_bound(offset);
  if (at != extents_.begin()) --at;
  for (; at != extents_.end() && at->first < end; ++at) {
    const std::uint64_t from = std::max(offset, at->first), to = std::min(end, end_of(*at));
    if (from < to) std::memcpy(run.data() + (from - offset), at->second.data() + (from - at->first), to - from);
  }
}

void WriteSet::cut(std::uint64_t end) {
  extents_.erase(extents_.lower_bound(end), extents_.end());
  if (!extents_.empty() && end_of(*extents_.rbegin()) > end) {
    extents_.rbegin()->second.resize(end - extents_.rbegin()->first);
  }
}

}  // namespace chunkmark::bytes
