#include "storage/versioned/tag_run.h"

#include <algorithm>

namespace chunkmark::versioned {

namespace {

constexpr std::uint64_t kPiece = 512;         // slots read at once by a search
constexpr std::uint64_t kMergedPiece = 2048;  // by a merge

// Slots in and out of the scratch file, which no other program or machine reads.
void read_slots(const bytes::RandomAccess& file, std::uint64_t first, std::span<std::uint64_t> slots) {
  file.read_at(first * sizeof(std::uint64_t), std::as_writable_bytes(slots));
}

class Output {
 public:
  explicit Output(bytes::RandomAccess& file) : file_(file) { held_.reserve(kMergedPiece); }
  void add(std::uint64_t slot) {
    held_.push_back(slot);
    if (held_.size() == kMergedPiece) flush();
  }
  void flush() {
    file_.write_at(written_ * sizeof(std::uint64_t), std::as_bytes(std::span(held_)));
    written_ += held_.size();
    held_.clear();
  }

 private:
  bytes::RandomAccess& file_;
  std::vector<std::uint64_t> held_;
  std::uint64_t written_ = 0;
};

}  // namespace

void TagRun::merge(std::span<const std::uint64_t> sorted, std::unique_ptr<bytes::RandomAccess> file) {
  Output output(*file);
  auto next = sorted.begin();
  std::vector<std::uint64_t> old;
  for (std::uint64_t first = 0; first < count_; first += old.size()) {
    old.resize(std::min(kMergedPiece, count_ - first));
    read_slots(*file_, first, old);
    for (const std::uint64_t slot : old) {
      for (; next != sorted.end() && *next < slot; ++next) output.add(*next);
      output.add(slot);
    }
  }
  for (; next != sorted.end(); ++next) output.add(*next);
  output.flush();
  file_ = std::move(file);
  count_ += sorted.size();
  piece_.clear();
}

std::uint64_t TagRun::read(std::uint64_t at) const {
  if (at < piece_first_ || at >= piece_first_ + piece_.size()) {
    std::vector<std::uint64_t> piece = std::move(piece_);  // which is empty if the reading fails
    piece_.clear();
    piece_first_ = at < kPiece / 2 ? 0 : at - kPiece / 2;
    piece.resize(std::min(kPiece, count_ - piece_first_));
    read_slots(*file_, piece_first_, piece);
    piece_ = std::move(piece);
  }
  return piece_[at - piece_first_];
}

// Steps that double, from where the slot would be if tags were spread evenly, then halves between the last two.
std::uint64_t TagRun::lower_bound(std::uint64_t slot) const {
  std::uint64_t low = 0, high = count_;  // the answer is in [low, high]
  std::uint64_t at = std::min(count_ - 1, (slot >> 32) * count_ >> 32);
  for (std::uint64_t step = kPiece / 8; low < high; step *= 2) {
    if (read(at) < slot) {
      low = at + 1;
      at = high - low > step ? low + step : low + (high - low) / 2;
    } else {
      high = at;
      at = high - low > step ? high - step : low + (high - low) / 2;
    }
  }
  return low;
}

void TagRun::visit_from(std::uint64_t first, const std::function<bool(std::uint64_t)>& visit) const {
  if (count_ == 0) return;
  for (std::uint64_t at = lower_bound(first); at < count_ && visit(read(at)); ++at) {
  }
}

}  // namespace chunkmark::versioned
