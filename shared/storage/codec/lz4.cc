// "lz4", as numcodecs has it: the content's size in 4 bytes, little endian, and one LZ4 block, encoded and decoded in
// pieces.
//
// A block is a row of sequences, each literals and a match, but for the last, which has literals alone. So the blocks
// of pieces become one: the literals that end a piece are put before those that begin the next one, straight from the
// array. Read in pieces, what lies before the last sequence that is whole is a block again with a few literals
// behind it; a sequence that is longer than a piece is followed by hand. Scratch: kPieceBytes for each lane to encode,
// twice that where the array is not contiguous; kStoredBytes to decode, and kContentBytes where the array is not
// contiguous. Source: lz4_Block_format.md of LZ4.
#include <lz4.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/buffer_codec.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kStoredBytes = std::size_t{1} << 18;
constexpr std::size_t kContentBytes = std::size_t{1} << 19;
constexpr std::size_t kWindowBytes = std::size_t{1} << 16;
constexpr std::size_t kMinMatch = 4;
constexpr std::size_t kMatchMargin = 12;  // where a block has a match, so much content follows its literals
constexpr unsigned kLong = 15;            // in a token's half: the length goes on in bytes

const char* chars(const std::byte* bytes) {
  return reinterpret_cast<const char*>(bytes);
}
char* chars(std::byte* bytes) {
  return reinterpret_cast<char*>(bytes);
}

// One sequence in memory: where it begins, its literals, the place behind them, and its own end.
struct Sequence {
  std::size_t begin, literals, after_literals, end;
  std::size_t content;  // what it decodes to
};

// The bytes that a length goes on in, from `at` on; false where they do not end within `block`.
bool add_length(ByteView block, std::size_t& at, std::size_t& length) {
  for (;;) {
    if (at == block.size()) return false;
    const auto byte = static_cast<unsigned>(block[at++]);
    length += byte;
    if (byte != 255) return true;
  }
}

// The sequence at `begin`, if it ends within `block`; one that has no match ends with it.
std::optional<Sequence> sequence_at(ByteView block, std::size_t begin) {
  if (begin == block.size()) return std::nullopt;
  const auto token = static_cast<unsigned>(block[begin]);
  std::size_t at = begin + 1, literals = token >> 4, match = token & kLong;
  if (literals == kLong && !add_length(block, at, literals)) return std::nullopt;
  if (literals > block.size() - at) return std::nullopt;
  const std::size_t after_literals = at += literals;
  if (at == block.size()) return Sequence{begin, literals, at, at, literals};
  if (block.size() - at < 2) return std::nullopt;
  at += 2;
  if (match == kLong && !add_length(block, at, match)) return std::nullopt;
  return Sequence{begin, literals, after_literals, at, literals + match + kMinMatch};
}

// ---- encoding -------------------------------------------------------------------------------------------------------

// The block of one piece, between the literals that it begins and ends with.
struct PieceBlock {
  ByteView bytes;
  Sequence first, last;  // the same where it has no match
};

PieceBlock split(ByteView block) {
  const Sequence first = sequence_at(block, 0).value();
  Sequence last = first;
  while (last.end < block.size()) last = sequence_at(block, last.end).value();
  return {block, first, last};
}

class Encoder {
 public:
  Encoder(const ChunkSource& source, Sink& sink, int acceleration)
      : source_(source), sink_(sink), acceleration_(acceleration) {}

  void run(Executor& executor) {
    struct Lane {
      std::vector<std::byte> content, stored;
      LZ4_stream_t stream;
      PieceBlock block;
    };
    std::vector<Lane> lanes(executor.width());
    const std::uint64_t bytes = source_.bytes();
    const auto n = static_cast<std::size_t>((bytes + kPieceBytes - 1) / kPieceBytes);
    const auto compress = [&](std::size_t i, unsigned number) {
      Lane& lane = lanes[number];
      const std::uint64_t at = i * std::uint64_t{kPieceBytes};
      const std::size_t before = i == 0 ? 0 : kWindowBytes;  // matches reach back into the piece before
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, bytes - at));
      const ByteView content = content_at(at - before, before + size, lane.content);
      lane.stored.resize(static_cast<std::size_t>(::LZ4_compressBound(static_cast<int>(size))));
      ::LZ4_initStream(&lane.stream, sizeof lane.stream);
      ::LZ4_loadDict(&lane.stream, chars(content.data()), static_cast<int>(before));
      const int stored =
          ::LZ4_compress_fast_continue(&lane.stream, chars(content.data() + before), chars(lane.stored.data()),
                                       static_cast<int>(size), static_cast<int>(lane.stored.size()), acceleration_);
      lane.block = split(ByteView(lane.stored).first(static_cast<std::size_t>(stored)));
    };
    executor.ordered(n, compress, [&](std::size_t i, unsigned number) {
      append(i * std::uint64_t{kPieceBytes}, lanes[number].block);
    });
    append_literals(bytes, 0, {});
  }

 private:
  ByteView content_at(std::uint64_t at, std::size_t bytes, std::vector<std::byte>& memory) const {
    if (const std::byte* direct = source_.direct(at, bytes)) return {direct, bytes};
    memory.resize(kWindowBytes + kPieceBytes);
    source_.gather(at, MutableByteView(memory).first(bytes));
    return ByteView(memory).first(bytes);
  }

  void append(std::uint64_t at, const PieceBlock& block) {
    if (block.first.end == block.bytes.size()) return;  // literals alone
    const ByteView middle =
        block.bytes.subspan(block.first.after_literals, block.last.begin - block.first.after_literals);
    append_literals(at + block.first.literals, static_cast<unsigned>(block.bytes[0]) & kLong, middle);
    const std::uint64_t end = std::min(source_.bytes(), at + kPieceBytes);
    written_ = end - block.last.literals;
  }

  // A sequence with the content up to `end` as its literals and a match's half of the token; then what follows them.
  void append_literals(std::uint64_t end, unsigned match, ByteView rest) {
    const std::uint64_t literals = end - written_;
    std::vector<std::byte> head;
    if (literals < kLong) {
      head.push_back(static_cast<std::byte>(literals << 4 | match));
    } else {
      head.push_back(static_cast<std::byte>(kLong << 4 | match));
      head.resize(1 + static_cast<std::size_t>((literals - kLong) / 255), std::byte{255});
      head.push_back(static_cast<std::byte>((literals - kLong) % 255));
    }
    sink_.append(head);
    std::vector<std::byte> memory;
    while (written_ < end) {
      const ByteView content =
          content_at(written_, static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - written_)), memory);
      sink_.append(content);
      written_ += content.size();
    }
    if (!rest.empty()) sink_.append(rest);
  }

  const ChunkSource& source_;
  Sink& sink_;
  int acceleration_;
  std::uint64_t written_ = 0;  // of the content; behind it lie literals that wait for the next match
};

// ---- decoding -------------------------------------------------------------------------------------------------------

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
    return ByteView(memory_).subspan(end_ - std::min(end_, kWindowBytes), std::min(end_, kWindowBytes));
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
    const std::size_t kept = std::min(handed_on_ + whole, end_ - std::min(end_, kWindowBytes));
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
  Decoder(const RandomAccess& object, Content& content)
      : object_(object),
        content_(content),
        stored_(static_cast<std::size_t>(std::min<std::uint64_t>(object.size(), kStoredBytes)) + kEnd.size()) {}

  void run() {
    for (;;) {
      refill();
      std::size_t whole = begin_, content = 0;
      while (const auto sequence = sequence_at(ByteView(stored_).first(end_), whole)) {
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
        chars(&stored_[begin_]), chars(room.data()), static_cast<int>(whole - begin_ + kEnd.size()),
        static_cast<int>(room.size()), chars(window.data()), static_cast<int>(window.size()));
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
    std::size_t match = length(token & kLong);
    if (distance == 0 || distance > content_.done()) refuse("a damaged block");
    if (match > content_.left() || content_.left() - match < kMinMatch) refuse("more");
    match += kMinMatch;
    for (std::size_t reach = distance; match > 0;) {
      const MutableByteView room = content_.room(1);
      const std::size_t n = std::min({match, reach, room.size()});
      std::copy_n(room.data() - reach, n, room.data());
      content_.add(n);
      match -= n;
      if (n == reach && reach <= kWindowBytes / 2) reach *= 2;  // what was copied is copied again
    }
    return true;
  }

  unsigned next() {
    if (begin_ == end_) refill();
    if (begin_ == end_) refuse("a damaged block");
    return static_cast<unsigned>(stored_[begin_++]);
  }
  std::size_t length(std::size_t half) {
    if (half < kLong) return half;
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
  std::uint64_t at_ = kSizeBytes;    // in the object, behind the piece
};

class Lz4Codec final : public Codec {
 public:
  explicit Lz4Codec(int acceleration) : acceleration_(acceleration) {}

  std::string_view name() const override { return "lz4"; }
  json::object configuration(Dialect) const override { return {{"acceleration", acceleration_}}; }

  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    if (object.size() < kSizeBytes || object.size() > LZ4_MAX_INPUT_SIZE) refuse_size(object.size(), object.name());
    std::array<std::byte, kSizeBytes> size;
    object.read_at(0, MutableByteView(size));
    return load_le<std::uint32_t>(size.data());
  }

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override {
    if (source.bytes() > LZ4_MAX_INPUT_SIZE) {
      throw Error(ErrorCode::kInvalidArgument, sink.name() + ": expected chunks of at most " +
                                                   std::to_string(LZ4_MAX_INPUT_SIZE) + " bytes for lz4, found " +
                                                   std::to_string(source.bytes()));
    }
    std::array<std::byte, kSizeBytes> size;
    store_le(size.data(), static_cast<std::uint32_t>(source.bytes()));
    sink.append(size);
    Encoder(source, sink, acceleration_).run(executor);
  }

  void decode(const RandomAccess& object, const ChunkDest& dest, Executor&) const override {
    const auto bytes = static_cast<std::size_t>(dest.bytes());
    if (const std::uint64_t declared = content_bytes(object).value(); declared != bytes) {
      refuse_corrupt(object.name(), std::to_string(bytes) + " bytes of content", std::to_string(declared) + " by lz4");
    }
    Content content(dest);
    Decoder(object, content).run();
    content.finish();
  }

 private:
  [[noreturn]] static void refuse_size(std::uint64_t bytes, const std::string& object) {
    refuse_corrupt(object, "4 bytes of size and an lz4 block of less than 2 GiB", std::to_string(bytes) + " bytes");
  }

  int acceleration_;
};

}  // namespace

std::shared_ptr<const Codec> make_lz4(const json::object& settings, const std::string& document) {
  return std::make_shared<Lz4Codec>(
      static_cast<int>(integer_member_or(settings, "acceleration", 1, 0, 65537, document)));
}

}  // namespace chunkmark::codec
