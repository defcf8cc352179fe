#include "wasm/trace/prints.h"

#include <cstring>
#include <utility>

namespace chunkmark::wasm {
namespace {

using capture::PrintReason;

constexpr std::uint64_t kMaxParts = 16;
constexpr std::size_t kMaxCompared = 64;  // more living buffers are not looked for in each other
constexpr std::uint64_t kProbeBytes = 64;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

const std::byte* at(std::uint64_t address) {
  return reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(address));
}

bool read_region(void* context, std::uint64_t offset, std::size_t bytes, std::byte* to) {
  std::memcpy(to, at(*static_cast<std::uint64_t*>(context) + offset), bytes);
  return true;
}

// Where in `whole` the bytes of `part` seem to be: at a multiple of its own size or at the end.
std::uint64_t offset_of(std::uint64_t part, std::uint64_t part_bytes, std::uint64_t whole, std::uint64_t whole_bytes) {
  if (part_bytes > whole_bytes / 4 * 3 || part_bytes < whole_bytes / kMaxParts) return kNowhere;
  for (std::uint64_t i = 0; i <= kMaxParts; ++i) {
    const bool is_last = (i + 1) * part_bytes > whole_bytes;
    const std::uint64_t offset = is_last ? whole_bytes - part_bytes : i * part_bytes;
    bool same = true;
    for (const std::uint64_t probe : {part_bytes / 4, part_bytes / 2, part_bytes - kProbeBytes}) {
      same = same && std::memcmp(at(part + probe), at(whole + offset + probe), kProbeBytes) == 0;
    }
    if (same) return offset;
    if (is_last) break;
  }
  return kNowhere;
}

}  // namespace

Prints::Prints(std::uint64_t min_bytes, Told told)
    : min_bytes_(min_bytes), told_(std::move(told)), work_(std::make_unique<Work>()) {}

void Prints::take(std::uint64_t address, std::uint64_t bytes, PrintReason reason) {
  if (!fingerprint::take(bytes, read_region, &address, work_->workspace, work_->fingerprint)) return;
  const fingerprint::Fingerprint& taken = work_->fingerprint;
  told_({reason, 0, address, bytes, {taken.samples, taken.samples + taken.count}});
}

void Prints::print(std::uint64_t address, std::uint64_t bytes, PrintReason reason) {
  take(address, bytes, reason);
  if (reason != PrintReason::kPeak && living_.size() <= kMaxCompared) print_ranges(address, bytes, reason);
}

// An array is often written in parts: of that range of the larger buffer a fingerprint is taken as if it were one.
void Prints::print_ranges(std::uint64_t address, std::uint64_t bytes, PrintReason reason) {
  for (const auto& [other, other_bytes] : living_) {
    if (other == address) continue;
    const bool is_part = bytes < other_bytes;
    const std::uint64_t whole = is_part ? other : address, whole_bytes = is_part ? other_bytes : bytes;
    const std::uint64_t part = is_part ? address : other, part_bytes = is_part ? bytes : other_bytes;
    const std::uint64_t offset = offset_of(part, part_bytes, whole, whole_bytes);
    if (offset != kNowhere) take(whole + offset, part_bytes, reason);
  }
}

void Prints::print_all(PrintReason reason) {
  for (const auto& [address, bytes] : living_) print(address, bytes, reason);
}

// A new high counts when it is one by a sixteenth.
void Prints::born(std::uint64_t address, std::uint64_t bytes) {
  if (bytes < min_bytes_ || over_) return;
  total_ += bytes;
  if (total_ >= high_ + high_ / 16 + (1u << 20)) {
    high_ = total_;
    print_all(PrintReason::kPeak);
  }
  living_[address] = bytes;
}

void Prints::ended(std::uint64_t address) {
  const auto found = living_.find(address);
  if (found == living_.end()) return;
  if (!over_) print(address, found->second, PrintReason::kFree);
  total_ -= found->second;
  living_.erase(found);
}

void Prints::at_mark(std::string_view name) {
  if (over_) return;
  if (name == "begin") high_ = total_;  // what was before does not count
  print_all(PrintReason::kMark);
  over_ = name == "end";
}

void Prints::at_end() {
  if (!over_) print_all(PrintReason::kEnd);
  over_ = true;
}

}  // namespace chunkmark::wasm
