#include "storage/hdf5/trimmed_chunk.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <span>

namespace chunkmark::hdf5 {

namespace {

using Buffer = std::vector<std::byte>;

// Runs of fewer bytes are stored as the elements are.
constexpr std::uint64_t kWorthRun = 64;

class BitWriter {
 public:
  explicit BitWriter(Buffer& to) : to_(to) {}
  void put(std::uint32_t bits, unsigned count) {
    held_ |= std::uint64_t{bits} << count_;
    for (count_ += count; count_ >= 8; count_ -= 8, held_ >>= 8) to_.push_back(static_cast<std::byte>(held_));
  }
  // Huffman codes go most significant bit first.
  static std::uint32_t reversed(std::uint32_t code, unsigned count) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < count; ++i) bits |= (code >> i & 1) << (count - 1 - i);
    return bits;
  }
  void align() {
    if (count_ > 0) put(0, 8 - count_);
  }

 private:
  Buffer& to_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

// Adler-32, of zeros without looking at them.
class Checksum {
 public:
  void add(ByteView bytes) { sum_ = ::libdeflate_adler32(sum_, bytes.data(), bytes.size()); }
  void add_zeros(std::uint64_t count) {
    constexpr std::uint32_t kModulus = 65521;
    const std::uint32_t low = sum_ & 0xffff, high = sum_ >> 16;
    sum_ = static_cast<std::uint32_t>((high + count % kModulus * low) % kModulus) << 16 | low;
  }
  std::uint32_t value() const { return sum_; }

 private:
  std::uint32_t sum_ = 1;
};

// Bits of one symbol with what belongs to it.
struct Bits {
  std::uint32_t bits;
  unsigned count;
};

// The code in `bases` (the smallest value of each) that a value has, and how far behind its base it lies.
struct Coded {
  std::uint32_t code, extra;
};
Coded coded(std::span<const std::uint16_t> bases, std::uint32_t value) {
  const auto code = static_cast<std::uint32_t>(std::upper_bound(bases.begin(), bases.end(), value) - bases.begin() - 1);
  return {code, value - bases[code]};
}

// Distances of 1 to 32768: two codes for each power of two.
Bits distance_bits(std::uint32_t distance) {
  static constexpr std::array<std::uint16_t, 30> kBase{1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                       33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                       1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  const auto [code, extra] = coded(kBase, distance);
  return {BitWriter::reversed(code, 5) | extra << 5, 5 + (code < 4 ? 0 : code / 2 - 1)};
}

constexpr std::uint32_t kMinMatch = 3, kMaxMatch = 258;

// Lengths of 3 to 258: four codes for each power of two; the longest has one of its own.
Bits length_bits(std::uint32_t length) {
  static constexpr std::array<std::uint16_t, 29> kBase{3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  constexpr std::uint32_t kSevenBits = 23;  // codes of seven bits, after the end of a block
  const auto [code, extra] = coded(kBase, length);
  const unsigned width = code < kSevenBits ? 7 : 8;
  const std::uint32_t huffman = code < kSevenBits ? code + 1 : 0xc0 + code - kSevenBits;
  const unsigned extra_width = code < 8 || length == kMaxMatch ? 0 : code / 4 - 1;
  return {BitWriter::reversed(huffman, width) | extra << width, width + extra_width};
}

Bits literal_bits(std::byte byte) {
  const auto value = std::to_integer<std::uint32_t>(byte);
  return value < 144 ? Bits{BitWriter::reversed(0x30 + value, 8), 8}
                     : Bits{BitWriter::reversed(0x190 + value - 144, 9), 9};
}

class Stream {
 public:
  Stream(ByteView chunk, std::size_t element_bytes, Buffer& out)
      : chunk_(chunk), element_bytes_(element_bytes), out_(out), bits_(out) {
    out_.assign({std::byte{0x78}, std::byte{0x01}});
  }

  // Elements; long runs of zeros among them are runs, too.
  void store(std::uint64_t from, std::uint64_t to) {
    constexpr std::uint64_t kWord = sizeof(std::uint64_t);
    std::uint64_t zeros = 0;  // that lie before `at`
    for (std::uint64_t at = from;; at += kWord) {
      const bool inside = at + kWord <= to;
      if (inside && load_le<std::uint64_t>(chunk_.data() + at) == 0) {
        zeros += kWord;
        continue;
      }
      if (zeros >= kWorthRun) {
        store_as_is(from, at - zeros);
        repeat(at - zeros, at);
        from = at;
      }
      zeros = 0;
      if (!inside) break;
    }
    store_as_is(from, to);
  }

  // Elements that are all the same.
  void repeat(std::uint64_t from, std::uint64_t to) {
    ByteView first = chunk_.subspan(from, std::min<std::uint64_t>(element_bytes_, to - from));
    if (std::all_of(first.begin(), first.end(), [](std::byte b) { return b == std::byte{0}; })) {
      checksum_.add_zeros(to - from);
      first = first.first(1);
    } else {
      checksum_.add(chunk_.subspan(from, to - from));
    }
    bits_.put(kFixedBlock, 3);
    for (const std::byte byte : first) put(literal_bits(byte));
    from += first.size();
    const Bits distance = distance_bits(static_cast<std::uint32_t>(first.size()));
    put_matches((to - from) / kMaxMatch, distance);
    const auto rest = static_cast<std::uint32_t>((to - from) % kMaxMatch);
    if (rest >= kMinMatch) {
      put(length_bits(rest));
      put(distance);
    } else {
      for (const std::byte byte : chunk_.subspan(to - rest, rest)) put(literal_bits(byte));
    }
    put(kEndOfBlock);
  }

  void finish() {
    bits_.put(kFixedBlock | 1, 3);  // an empty block is the last one
    put(kEndOfBlock);
    bits_.align();
    for (unsigned shift = 32; shift > 0; shift -= 8)
      out_.push_back(static_cast<std::byte>(checksum_.value() >> (shift - 8)));
  }

 private:
  void store_as_is(std::uint64_t from, std::uint64_t to) {
    constexpr std::uint64_t kMaxStored = 65535;
    checksum_.add(chunk_.subspan(from, to - from));
    while (from < to) {
      const std::uint64_t size = std::min(kMaxStored, to - from);
      bits_.put(0, 3);
      bits_.align();
      for (const std::uint64_t word : {size, ~size}) {
        out_.push_back(static_cast<std::byte>(word & 255));
        out_.push_back(static_cast<std::byte>(word >> 8 & 255));
      }
      const ByteView bytes = chunk_.subspan(from, size);
      out_.insert(out_.end(), bytes.begin(), bytes.end());
      from += size;
    }
  }

  static constexpr std::uint32_t kFixedBlock = 2;
  static constexpr Bits kEndOfBlock{0, 7};

  void put(Bits what) { bits_.put(what.bits, what.count); }

  // After the first one, eight of them are a whole number of bytes, and the next eight the same.
  void put_matches(std::uint64_t count, Bits distance) {
    const Bits longest = length_bits(kMaxMatch);
    const auto put_match = [&] {
      put(longest);
      put(distance);
    };
    if (count > 0) put_match();
    std::uint64_t left = count - std::min<std::uint64_t>(count, 1);
    constexpr std::uint64_t kPeriod = 8;
    if (left >= kPeriod) {
      const std::size_t begin = out_.size();
      for (std::uint64_t i = 0; i < kPeriod; ++i) put_match();
      const std::size_t bytes = out_.size() - begin;
      left -= kPeriod;
      out_.resize(out_.size() + left / kPeriod * bytes);
      for (std::size_t at = begin + bytes; at < out_.size(); ++at) out_[at] = out_[at - bytes];
      left %= kPeriod;
    }
    for (; left > 0; --left) put_match();
  }

  ByteView chunk_;
  std::size_t element_bytes_;
  Buffer& out_;
  BitWriter bits_;
  Checksum checksum_;
};

// Visits the runs of valid bytes in order; those with little between them are one.
template <typename Visit>
void for_each_run(std::size_t element_bytes, const array::Shape& shape, const array::Shape& valid, Visit visit) {
  if (array::element_count(valid) == 0) return;
  std::size_t axis = shape.size();
  std::uint64_t run = element_bytes, stride = element_bytes;
  while (axis > 0) {
    --axis;
    run *= valid[axis];
    stride *= shape[axis];
    if (valid[axis] != shape[axis]) break;
  }
  // `axis` is the outermost one that runs go along, `stride` the step of the one before it.
  array::Shape at(axis, 0);
  std::uint64_t begin = 0, end = 0;
  for (;;) {
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < axis; ++i) offset = offset * shape[i] + at[i];
    offset *= stride;
    if (offset - end >= kWorthRun) {
      visit(begin, end);
      begin = offset;
    }
    end = offset + run;
    std::size_t next = axis;
    while (next > 0 && ++at[next - 1] == valid[next - 1]) at[--next] = 0;
    if (next == 0) break;
  }
  visit(begin, end);
}

}  // namespace

void encode_trimmed(ByteView chunk, std::size_t element_bytes, const array::Shape& shape, const array::Shape& valid,
                    std::vector<std::byte>& out) {
  Stream stream(chunk, element_bytes, out);
  std::uint64_t done = 0;
  for_each_run(element_bytes, shape, valid, [&](std::uint64_t from, std::uint64_t to) {
    if (from > done) stream.repeat(done, from);
    stream.store(from, to);
    done = to;
  });
  if (done < chunk.size()) stream.repeat(done, chunk.size());
  stream.finish();
}

}  // namespace chunkmark::hdf5
