#include "storage/versioned/hash_index.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/error.h"

namespace chunkmark::versioned {

namespace {

constexpr std::size_t kSlotsInMemory = 8192;

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
  if (usable && 4 * (used_ + 1) > 3 * slots_.size()) make_room();
  rows_.resize(rows_.size() + HashRow::kBytes);
  row.write(rows_.data() + rows_.size() - HashRow::kBytes);
  if (!usable) return;
  place(std::uint64_t{tag_of(row.hash)} << 32 | size());
  ++used_;
}

// By a quarter, since where there are no scratch files the table is most of what a writer keeps: a slot's place follows
// from its tag at any size.
void HashIndex::make_room() {
  const std::size_t larger = 64 + slots_.size() * 5 / 4;
  if (larger > kSlotsInMemory && spill()) return;
  const std::vector<std::uint64_t> old = std::exchange(slots_, std::vector<std::uint64_t>(larger, 0));
  for (const std::uint64_t slot : old) {
    if (slot != 0) place(slot);
  }
}

bool HashIndex::spill() {
  std::unique_ptr<bytes::RandomAccess> file = create_scratch_ ? create_scratch_() : nullptr;
  if (!file) return false;
  std::vector<std::uint64_t> sorted;
  sorted.reserve(used_);
  std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(sorted), [](std::uint64_t slot) { return slot != 0; });
  std::sort(sorted.begin(), sorted.end());
  run_.merge(sorted, std::move(file));
  std::fill(slots_.begin(), slots_.end(), 0);
  used_ = 0;
  return true;
}

void HashIndex::place(std::uint64_t slot) {
  std::size_t at = first_slot(static_cast<std::uint32_t>(slot >> 32));
  while (slots_[at] != 0) at = at + 1 == slots_.size() ? 0 : at + 1;
  slots_[at] = slot;
}

std::optional<std::uint64_t> HashIndex::find(const Digest& hash, const ReadRow& read) const {
  const std::uint32_t tag = tag_of(hash);
  std::uint64_t first = size();  // the row that was found, or none
  std::uint64_t start = 0;
  const auto look_at = [&](std::uint64_t slot) {
    const std::uint64_t number = (slot & 0xffffffff) - 1;
    if (number >= first) return;
    const HashRow row = number < first_kept_ ? read(number) : HashRow::parse(rows_from(number).data());
    if (row.hash != hash) return;
    first = number;
    start = row.start;
  };
  run_.visit_from(std::uint64_t{tag} << 32, [&](std::uint64_t slot) {
    if (slot >> 32 != tag) return false;
    look_at(slot);
    return first == size();
  });
  if (first == size() && !slots_.empty()) {
    for (std::size_t at = first_slot(tag); slots_[at] != 0; at = at + 1 == slots_.size() ? 0 : at + 1) {
      if (slots_[at] >> 32 == tag) look_at(slots_[at]);
    }
  }
  if (first == size()) return std::nullopt;
  return start;
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
