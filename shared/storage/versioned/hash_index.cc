#include "storage/versioned/hash_index.h"

#include <limits>

#include "base/error.h"

namespace chunkmark::versioned {

namespace {

// SHA-256 is its own hash: any eight bytes of it are as good as others.
std::size_t slot_of(const std::byte* hash, std::size_t slots) {
  return load_le<std::uint64_t>(hash) & (slots - 1);
}

}  // namespace

void HashIndex::add(const Digest& hash, std::uint64_t start, std::uint64_t stop, bool usable) {
  if (size() + 1 >= std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::kUnsupported, "a hash table of 2^32 rows and more");
  std::byte row[kRowBytes];
  std::memcpy(row, hash.data(), hash.size());
  store_le(row + 32, start);
  store_le(row + 40, stop);
  rows_.insert(rows_.end(), row, row + kRowBytes);
  if (!usable) return;
  if (2 * (used_ + 1) > slots_.size()) grow();
  place(static_cast<std::uint32_t>(size()));
  ++used_;
}

void HashIndex::grow() {
  std::vector<std::uint32_t> old = std::move(slots_);
  slots_.assign(old.empty() ? 64 : 2 * old.size(), 0);
  for (const std::uint32_t row : old) {
    if (row != 0) place(row);
  }
}

void HashIndex::place(std::uint32_t row) {
  std::size_t at = slot_of(rows_.data() + (row - 1) * kRowBytes, slots_.size());
  while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = row;
}

std::optional<std::uint64_t> HashIndex::find(const Digest& hash) const {
  if (slots_.empty()) return std::nullopt;
  for (std::size_t at = slot_of(hash.data(), slots_.size()); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const std::byte* row = rows_.data() + (slots_[at] - 1) * kRowBytes;
    if (std::memcmp(row, hash.data(), hash.size()) == 0) return load_le<std::uint64_t>(row + 32);
  }
  return std::nullopt;
}

}  // namespace chunkmark::versioned
