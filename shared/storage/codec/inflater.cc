#include "storage/codec/inflater.h"

#include <algorithm>

#include "base/error.h"
#include "storage/codec/gzip_codec.h"

namespace chunkmark::codec {
namespace {

constexpr std::byte kMagic{0x1f};  // a member's first byte

}  // namespace

Inflater::Inflater(const bytes::RandomAccess& object)
    : object_(object),
      piece_(static_cast<std::size_t>(std::min<std::uint64_t>(object.size(), kGzipPieceBytes))),
      member_(object.name()) {}

bool Inflater::read(MutableByteView out) {
  while (!out.empty()) {
    if (!step(out)) return false;
  }
  return true;
}

void Inflater::finish(std::uint64_t expected) {
  std::byte beyond;
  MutableByteView out(&beyond, 1);
  while (step(out)) {
    if (!out.empty()) continue;
    throw Error(ErrorCode::kCorrupt,
                object_.name() + ": expected " + std::to_string(expected) + " bytes of content, found more");
  }
}

bool Inflater::step(MutableByteView& out) {
  if (left_.empty()) {
    const MutableByteView next = MutableByteView(piece_).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), object_.size() - at_)));
    if (!next.empty()) object_.read_at(at_, next);
    at_ += next.size();
    left_ = next;
  }
  if (between_members_) {
    if (left_.empty()) return false;
    if (left_.front() != kMagic) {
      throw Error(ErrorCode::kCorrupt, object_.name() + ": expected another gzip member or the end, found garbage at " +
                                           std::to_string(at_ - left_.size()));
    }
    member_.restart();
    between_members_ = false;
  }
  const std::size_t left_before = left_.size();
  const std::size_t out_before = out.size();
  between_members_ = member_.advance(left_, out);
  if (!between_members_ && left_.size() == left_before && out.size() == out_before) {
    throw Error(ErrorCode::kCorrupt, object_.name() + ": expected the end of the gzip stream, found the end of " +
                                         "the object at " + std::to_string(object_.size()));
  }
  return true;
}

}  // namespace chunkmark::codec
