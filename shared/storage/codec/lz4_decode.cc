#include <lz4.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/json_members.h"
#include "storage/codec/lz4_block.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kStoredBytes = std::size_t{1} << 18;
constexpr std::size_t kContentBytes = std::size_t{1} << 19;
constexpr std::size_t kMatchMargin = 12;  // where a block has a match, so much content follows its literals

// Where decoded content goes: the array itself, or memory for the newest of it, which holds the window that matches
// reach back into and hands on to the array what is whole elements.
class Content {
 public:
  explicit Content(const ChunkDest& dest) : dest_(dest), size_(static_cast<std::size_t>(dest.bytes())) {
    if (std::byte* all = dest.direct(0, size_)) {
      memory_ = {all, size_};
      is_array_ = true;
    } else {
      own_.resize(std::min(size_, kContentBytes + 2 * dest.dtype().item_bytes));
      memory_ = own_;
    }
  }

  std::size_t size() const { return size_; }
  // Decoded so far, and how much is to come.
  std::size_t done() const { return before_ + end_; }
  std::size_t left() const { return size_ - done(); }
  // Where the next bytes go: at most those that are left; where that is less than `wanted`, what is there is handed on
  // first.
  MutableByteView room(std::size_t wanted) {
    if (memory_.size() - end_ < std::min(wanted, left())) hand_on();
    return memory_.subspan(end_, std::min(memory_.size() - end_, left()));
  }
  ByteView window() const {
    return ByteView(memory_).subspan(end_ - std::min(end_, kLz4WindowBytes), std::min(end_, kLz4WindowBytes));
  }
  void add(std::size_t bytes) { end_ += bytes; }
  void finish() {
    if (is_array_) return dest_.landed(0, size_);
    dest_.scatter(before_ + handed_on_, memory_.subspan(handed_on_, end_ - handed_on_));
  }

 private:
  // Scattering overwrites what is scattered, so what stays is set aside.
  void hand_on() {
    if (is_array_) return;
    const std::size_t element = dest_.dtype().item_bytes;
    const std::size_t whole = (end_ - handed_on_) / element * element;
    const std::size_t kept = std::min(handed_on_ + whole, end_ - std::min(end_, kLz4WindowBytes));
    kept_.assign(own_.begin() + static_cast<std::ptrdiff_t>(kept), own_.begin() + static_cast<std::ptrdiff_t>(end_));
    dest_.scatter(before_ + handed_on_, memory_.subspan(handed_on_, whole));
    std::copy(kept_.begin(), kept_.end(), own_.begin());
    handed_on_ += whole - kept;
    before_ += kept;
    end_ -= kept;
  }

  const ChunkDest& dest_;
  std::size_t size_;
  bool is_array_ = false;
  std::vector<std::byte> own_, kept_;
  MutableByteView memory_;
  std::size_t before_ = 0;     // content that is no longer in memory
  std::size_t end_ = 0;        // of the content in memory
  std::size_t handed_on_ = 0;  // so much of that is in the array already
};

// The block of an object, from behind its size on, decoded from front to back.
class Decoder {
 public:
  Decoder(const RandomAccess& object, std::uint64_t at, Content& content)
      : object_(object),
        content_(content),
        stored_(static_cast<std::size_t>(std::min<std::uint64_t>(object.size(), kStoredBytes)) + kEnd.size()),
        at_(at) {}

  void run() {
    for (;;) {
      refill();
      std::size_t whole = begin_, content = 0;
      while (const auto sequence = lz4_sequence_at(ByteView(stored_).first(end_), whole)) {
        if (sequence->end == end_) break;  // may go on in the next piece, or be the last
        if (content + sequence->content > kContentBytes / 2) break;
        content += sequence->content;
        whole = sequence->end;
      }
      if (whole > begin_) {
        decode_before(whole, content);
      } else if (!follow_sequence()) {
        return check_whole();
      }
    }
  }

 private:
  void refill() {
    std::move(stored_.begin() + static_cast<std::ptrdiff_t>(begin_),
              stored_.begin() + static_cast<std::ptrdiff_t>(end_), stored_.begin());
    end_ -= begin_;
    begin_ = 0;
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(stored_.size() - kEnd.size() - end_, object_.size() - at_));
    if (n > 0) object_.read_at(at_, MutableByteView(stored_).subspan(end_, n));
    end_ += n;
    at_ += n;
  }

  // The sequences before `whole`, behind which there is more. Five literals take its place for the call, since a block
  // ends with as many; they are overwritten by what follows.
  void decode_before(std::size_t whole, std::size_t content) {
    std::array<std::byte, kEnd.size()> kept;
    std::copy_n(&stored_[whole], kept.size(), kept.begin());
    std::copy(kEnd.begin(), kEnd.end(), &stored_[whole]);
    const MutableByteView room = content_.room(content + kMatchMargin);
    const ByteView window = content_.window();
    const int n = ::LZ4_decompress_safe_usingDict(
        lz4_chars(&stored_[begin_]), lz4_chars(room.data()), static_cast<int>(whole - begin_ + kEnd.size()),
        static_cast<int>(room.size()), lz4_chars(window.data()), static_cast<int>(window.size()));
    if (n < 0) refuse("a damaged block");
    content_.add(static_cast<std::size_t>(n) - (kEnd.size() - 1));
    std::copy(kept.begin(), kept.end(), &stored_[whole]);
    begin_ = whole;
  }

  void check_whole() const {
    if (content_.left() != 0) refuse(std::to_string(content_.done()));
  }

  // A sequence that does not lie in the piece as a whole, is very long, or is the last. False where the block ends with
  // it.
  bool follow_sequence() {
    const unsigned token = next();
    std::size_t literals = length(token >> 4);
    if (literals > content_.left()) refuse("more");
    const std::size_t here = std::min(literals, end_ - begin_);
    if (literals - here > object_.size() - at_) refuse("a damaged block");
    for (std::size_t i = 0; i < here;) {
      const MutableByteView room = content_.room(1);
      const std::size_t n = std::min(room.size(), here - i);
      std::copy_n(&stored_[begin_], n, room.data());
      content_.add(n);
      begin_ += n;
      i += n;
    }
    for (literals -= here; literals > 0;) {  // straight from the object
      const MutableByteView room = content_.room(1);
      const std::size_t n = std::min(room.size(), literals);
      object_.read_at(at_, room.first(n));
      content_.add(n);
      at_ += n;
      literals -= n;
    }
    if (begin_ == end_ && at_ == object_.size()) return false;

    const unsigned low = next();
    const std::size_t distance = next() << 8 | low;
    std::size_t match = length(token & kLz4Long);
    if (distance == 0 || distance > content_.done()) refuse("a damaged block");
    if (match > content_.left() || content_.left() - match < kLz4MinMatch) refuse("more");
    match += kLz4MinMatch;
    for (std::size_t reach = distance; match > 0;) {
      const MutableByteView room = content_.room(1);
      const std::size_t n = std::min({match, reach, room.size()});
      std::copy_n(room.data() - reach, n, room.data());
      content_.add(n);
      match -= n;
      if (n == reach && reach <= kLz4WindowBytes / 2) reach *= 2;  // what was copied is copied again
    }
    return true;
  }

  unsigned next() {
    if (begin_ == end_) refill();
    if (begin_ == end_) refuse("a damaged block");
    return static_cast<unsigned>(stored_[begin_++]);
  }
  std::size_t length(std::size_t half) {
    if (half < kLz4Long) return half;
    for (unsigned byte = 255; byte == 255;) {
      byte = next();
      half += byte;
    }
    return half;
  }

  [[noreturn]] void refuse(const std::string& found) const {
    refuse_corrupt(object_.name(), std::to_string(content_.size()) + " bytes from an lz4 block", found);
  }

  static constexpr std::array<std::byte, 6> kEnd{std::byte{5 << 4}};
  const RandomAccess& object_;
  Content& content_;
  std::vector<std::byte> stored_;    // a piece, and room for kEnd behind it
  std::size_t begin_ = 0, end_ = 0;  // of what is left of it
  std::uint64_t at_;                 // in the object, behind the piece
};

}  // namespace

void decode_lz4_block(const RandomAccess& object, std::uint64_t at, const ChunkDest& dest) {
  Content content(dest);
  Decoder(object, at, content).run();
  content.finish();
}

}  // namespace chunkmark::codec
