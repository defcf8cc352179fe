#include "storage/versioned/hash_index.h"

#include <limits>

#include "base/error.h"

namespace chunkmark::versioned {

namespace {

// SHA-256 is its own hash: any four bytes of it are as good as others.
std::uint32_t tag_of(const Digest& hash) {
  return load_le<std::uint32_t>(hash.data());
}

}  // namespace

HashRow HashRow::parse(const std::byte* bytes) {
  HashRow row;
  std::memcpy(row.hash.data(), bytes, row.hash.size());
  row.start = load_le<std::uint64_t>(bytes + 32);
  row.stop = load_le<std::uint64_t>(bytes + 40);
  return row;
}

void HashRow::write(std::byte* bytes) const {
  std::memcpy(bytes, hash.data(), hash.size());
  store_le(bytes + 32, start);
  store_le(bytes + 40, stop);
}

void HashIndex::add(const HashRow& row, bool usable) {
  if (size() + 1 >= std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::kUnsupported, "a hash table of 2^32 rows and more");
  rows_.resize(rows_.size() + HashRow::kBytes);
  row.write(rows_.data() + rows_.size() - HashRow::kBytes);
  if (!usable) return;
  if (4 * (used_ + 1) > 3 * slots_.size()) grow();
  place(std::uint64_t{tag_of(row.hash)} << 32 | size());
  ++used_;
}

// By a quarter, since the table is most of what a writer keeps: a slot's place follows from its tag at any size.
void HashIndex::grow() {
  const std::vector<std::uint64_t> old = std::move(slots_);
  slots_.assign(64 + old.size() * 5 / 4, 0);
  for (const std::uint64_t slot : old) {
    if (slot != 0) place(slot);
  }
}

void HashIndex::place(std::uint64_t slot) {
  std::size_t at = first_slot(static_cast<std::uint32_t>(slot >> 32));
  while (slots_[at] != 0) at = at + 1 == slots_.size() ? 0 : at + 1;
  slots_[at] = slot;
}

std::optional<std::uint64_t> HashIndex::find(const Digest& hash, const ReadRow& read) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t at = first_slot(tag); slots_[at] != 0; at = at + 1 == slots_.size() ? 0 : at + 1) {
    if (slots_[at] >> 32 != tag) continue;
    const std::uint64_t number = (slots_[at] & 0xffffffff) - 1;
    const HashRow row = number < first_kept_ ? read(number) : HashRow::parse(rows_from(number).data());
    if (row.hash == hash) return row.start;
  }
  return std::nullopt;
}

ByteView HashIndex::rows_from(std::uint64_t first) const {
  return ByteView(rows_).subspan((first - first_kept_) * HashRow::kBytes);
}

void HashIndex::forget_rows(std::uint64_t first) {
  if (first <= first_kept_) return;
  const auto count = static_cast<std::ptrdiff_t>((first - first_kept_) * HashRow::kBytes);
  rows_.erase(rows_.begin(), rows_.begin() + count);
  first_kept_ = first;
}

}  // namespace chunkmark::versioned
