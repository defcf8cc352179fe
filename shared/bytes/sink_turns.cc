#include "bytes/sink_turns.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace chunkmark::bytes {

SinkTurns::Piece::~Piece() {
  const std::lock_guard lock(turns_.mutex_);
  if (held_) turns_.free_.push_back(std::move(*held_));
  if (!finished_) turns_.failed_ = std::min(turns_.failed_, number_);
  turns_.changed_.notify_all();
}

// Whether so many more bytes are held, rather than go through.
bool SinkTurns::Piece::holds(std::size_t bytes) {
  if (through_) return false;
  {
    std::unique_lock lock(turns_.mutex_);
    if (!held_ && bytes <= turns_.held_bytes_) {
      turns_.changed_.wait(lock, [&] { return turns_.is_turn(number_) || !turns_.free_.empty(); });
      if (!turns_.is_turn(number_)) {
        held_ = std::move(turns_.free_.back());
        turns_.free_.pop_back();
        held_->clear();
      }
    }
    if (held_ && !turns_.is_turn(number_) && held_->size() + bytes <= turns_.held_bytes_) {
      lock.unlock();
      held_->reserve(turns_.held_bytes_);
      return true;
    }
  }
  wait();
  return false;
}

void SinkTurns::Piece::wait() {
  if (through_) return;
  {
    std::unique_lock lock(turns_.mutex_);
    turns_.changed_.wait(lock, [&] { return turns_.is_turn(number_); });
    if (turns_.next_ != number_) throw Error(ErrorCode::kCancelled, name() + ": an earlier piece failed");
    begin_ = turns_.end_;
  }
  go_through();
}

void SinkTurns::Piece::go_through() {
  through_.emplace(turns_.sink_, begin_);
  if (!held_) return;
  const ByteView all(*held_);
  std::uint64_t at = 0;
  for (const Extent& range : reserved_) {
    if (range.offset > at) through_->append(all.subspan(at, range.offset - at));
    through_->reserve(range.size);
    at = range.offset + range.size;
  }
  if (at < all.size()) through_->append(all.subspan(at));
  const std::lock_guard lock(turns_.mutex_);
  turns_.free_.push_back(std::move(*held_));
  held_.reset();
  turns_.changed_.notify_all();
}

void SinkTurns::Piece::append(std::span<const ByteView> runs) {
  if (!holds(total_bytes(runs))) return through_->append(runs);
  for (const ByteView run : runs) held_->insert(held_->end(), run.begin(), run.end());
}

void SinkTurns::Piece::reserve(std::size_t bytes) {
  if (!holds(bytes)) return through_->reserve(bytes);
  reserved_.push_back({held_->size(), bytes});
  held_->resize(held_->size() + bytes);
}

void SinkTurns::Piece::patch_at(std::uint64_t offset, ByteView bytes) {
  if (through_ || !held_) {
    wait();
    return through_->patch_at(offset, bytes);
  }
  std::memcpy(held_->data() + offset, bytes.data(), bytes.size());
  std::vector<Extent> left;
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    if (from < to) left.push_back({from, to - from});
  };
  const std::uint64_t end = offset + bytes.size();
  for (const Extent& range : reserved_) {
    const std::uint64_t range_end = range.offset + range.size;
    add(range.offset, std::min(range_end, offset));
    add(std::max(range.offset, end), range_end);
  }
  reserved_ = std::move(left);
}

void SinkTurns::Piece::truncate(std::uint64_t size) {
  if (through_ || !held_) {
    wait();
    return through_->truncate(size);
  }
  held_->resize(static_cast<std::size_t>(size));
  std::erase_if(reserved_, [&](const Extent& range) { return range.offset >= size; });
}

Extent SinkTurns::Piece::finish() {
  wait();
  const std::lock_guard lock(turns_.mutex_);
  turns_.end_ = begin_ + through_->size();
  ++turns_.next_;
  finished_ = true;
  turns_.changed_.notify_all();
  return {begin_, through_->size()};
}

}  // namespace chunkmark::bytes
