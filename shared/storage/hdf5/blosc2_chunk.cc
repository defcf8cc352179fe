#include "storage/hdf5/blosc2_chunk.h"

#include <algorithm>
#include <utility>

#include "storage/hdf5/shuffle.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::size_t kHeaderBytes = 32, kFilters = 6;
// Where the header has what.
enum : std::size_t {
  kVersionAt = 0,
  kFlagsAt = 2,
  kElementBytesAt = 3,
  kBytesAt = 4,
  kBlockBytesAt = 8,
  kStoredBytesAt = 12,
  kFiltersAt = 16,
  kParametersAt = 24,
  kMoreFlagsAt = 30,
  kBlosc2FlagsAt = 31,
};
constexpr unsigned kExtended = 0x05, kCopied = 0x02, kNotSplit = 0x10;
constexpr unsigned kDictionary = 0x01, kLazy = 0x08, kSpecialShift = 4, kSpecialMask = 7;
constexpr std::uint8_t kOldestVersion = 3, kNewestVersion = 5;  // 3 was the first with a header of 32 bytes
enum : std::uint8_t { kNoFilter, kShuffle, kBitshuffle, kDelta, kTruncate };

}  // namespace

void fill_special(Blosc2Special special, std::size_t element_bytes, ByteView value, MutableByteView out,
                  std::string_view what) {
  std::byte nan[8];
  switch (special) {
    case Blosc2Special::kZeros:
    case Blosc2Special::kUninitialized:
      std::fill(out.begin(), out.end(), std::byte{0});
      return;
    case Blosc2Special::kNans:
      if (element_bytes == 4) {
        store_le<std::uint32_t>(nan, 0x7fc00000);
      } else if (element_bytes == 8) {
        store_le<std::uint64_t>(nan, 0x7ff8000000000000);
      } else {
        corrupt(what, "blosc2: NaNs of " + std::to_string(element_bytes) + " bytes, expected 4 or 8");
      }
      value = ByteView(nan).first(element_bytes);
      break;
    case Blosc2Special::kValue:
      break;
    default:
      unsupported(what, "blosc2: special value " + std::to_string(static_cast<unsigned>(special)));
  }
  if (value.empty() || out.size() % value.size() != 0) {
    corrupt(what, "blosc2: " + std::to_string(out.size()) + " bytes of one value of " + std::to_string(value.size()));
  }
  for (std::size_t at = 0; at < out.size(); at += value.size()) {
    std::memcpy(out.data() + at, value.data(), value.size());
  }
}

Blosc2Chunk::Blosc2Chunk(ByteView stored, std::size_t block_bytes, std::string_view what) : what_(what) {
  if (stored.size() < kHeaderBytes) {
    corrupt(what, "blosc2: a chunk of " + std::to_string(stored.size()) + " bytes, its header has 32");
  }
  const auto byte = [&](std::size_t at) { return load_le<std::uint8_t>(stored.data() + at); };
  const unsigned version = byte(kVersionAt), flags = byte(kFlagsAt), blosc2_flags = byte(kBlosc2FlagsAt);
  if (version < kOldestVersion || version > kNewestVersion || (flags & kExtended) != kExtended) {
    unsupported(what, "blosc2: a chunk of format version " + std::to_string(version) + " and flags " +
                          std::to_string(flags) + ", expected version 3 to 5 with a header of 32 bytes");
  }
  if (blosc2_flags & kLazy) unsupported(what, "blosc2: a lazy chunk, whose data is elsewhere");
  if (blosc2_flags & kDictionary) unsupported(what, "blosc2: a chunk that is compressed with a dictionary");
  if (const unsigned others = blosc2_flags & ~(kSpecialMask << kSpecialShift); others != 0 || byte(kMoreFlagsAt) != 0) {
    unsupported(what, "blosc2: a chunk with flags " + std::to_string(byte(kMoreFlagsAt)) + " and " +
                          std::to_string(blosc2_flags));
  }
  bytes_ = load_le<std::uint32_t>(stored.data() + kBytesAt);
  block_bytes_ = block_bytes > 0 ? block_bytes : load_le<std::uint32_t>(stored.data() + kBlockBytesAt);
  element_bytes_ = byte(kElementBytesAt);
  const std::size_t stored_bytes = load_le<std::uint32_t>(stored.data() + kStoredBytesAt);
  if (stored_bytes < kHeaderBytes || stored_bytes > stored.size()) {
    corrupt(what, "blosc2: its chunk's header says " + std::to_string(stored_bytes) + " bytes, there are " +
                      std::to_string(stored.size()));
  }
  if (bytes_ == 0 || block_bytes_ == 0 || block_bytes_ > bytes_ || bytes_ > 0x7fffffff || element_bytes_ == 0) {
    corrupt(what, "blosc2: a chunk of " + std::to_string(bytes_) + " bytes in blocks of " +
                      std::to_string(block_bytes_) + " and elements of " + std::to_string(element_bytes_));
  }
  stored_ = stored.first(stored_bytes);
  copied_ = flags & kCopied;
  split_ = !(flags & kNotSplit);
  special_ = static_cast<Blosc2Special>(blosc2_flags >> kSpecialShift & kSpecialMask);
  if (special_ != Blosc2Special::kNone) return;
  if (copied_) {
    if (bytes_ <= stored_bytes - kHeaderBytes) return;
    corrupt(what, "blosc2: a chunk of " + std::to_string(bytes_) + " bytes stored as they are, there are " +
                      std::to_string(stored_bytes - kHeaderBytes));
  }
  if (blocks() > (stored_bytes - kHeaderBytes) / 4) {
    corrupt(what,
            "blosc2: a chunk of " + std::to_string(blocks()) + " blocks in " + std::to_string(stored_bytes) + " bytes");
  }
  switch (flags >> 5) {
    case 0:
      codec_ = BlockCodec::kBlosclz;
      break;
    case 1:
      codec_ = BlockCodec::kLz4;
      break;
    case 3:
      codec_ = BlockCodec::kZlib;
      break;
    case 4:
      codec_ = BlockCodec::kZstd;
      break;
    default:
      unsupported(what, "blosc2: compressor " + std::to_string(flags >> 5) +
                            ", expected 0 (BloscLZ), 1 (LZ4), 3 (zlib) or 4 (Zstd)");
  }
  for (std::size_t i = 0; i < kFilters; ++i) {
    const std::uint8_t filter = byte(kFiltersAt + i);
    if (filter == kNoFilter || filter == kTruncate) continue;  // what truncation cut off is gone
    if (filter > kDelta) unsupported(what, "blosc2: filter " + std::to_string(filter) + ", expected 0 to 4");
    // Differences are to the finished first block, so nothing may come between.
    if (filter == kDelta && !steps_.empty()) unsupported(what, "blosc2: a delta filter behind another one");
    steps_.push_back({filter, byte(kParametersAt + i)});
  }
}

// Undoes the steps from the last, between two scratch blocks; what comes last goes to `out`.
void Blosc2Chunk::read_block(std::size_t index, MutableByteView out) {
  if (special_ != Blosc2Special::kNone) {
    const ByteView value = stored_.subspan(kHeaderBytes);
    return fill_special(special_, element_bytes_, value.first(std::min(value.size(), element_bytes_)), out, what_);
  }
  if (copied_) {
    std::memcpy(out.data(), stored_.data() + kHeaderBytes + index * block_bytes_, out.size());
    return;
  }
  const bool has_delta = !steps_.empty() && steps_.front().filter == kDelta;
  if (has_delta && index > 0 && first_block_.empty()) {
    std::vector<std::byte> first(block_bytes_);
    read_block(0, first);
    first_block_ = std::move(first);
  }
  std::size_t left = steps_.size() - has_delta;  // steps that need another place for what they write
  const auto place = [&]() -> MutableByteView {
    if (left == 0) return out;
    std::vector<std::byte>& scratch = scratch_[left % 2];
    if (scratch.size() < block_bytes_) scratch.resize(block_bytes_);
    return MutableByteView(scratch).first(out.size());
  };
  MutableByteView current = place();
  read_streams(index, current);
  for (std::size_t i = steps_.size(); i-- > has_delta;) {
    --left;
    const MutableByteView next = place();
    if (steps_[i].filter == kShuffle) {
      unshuffle_bytes(current, next.data(), steps_[i].parameter == 0 ? element_bytes_ : steps_[i].parameter);
    } else {
      unshuffle_bits(current, next.data(), element_bytes_);
    }
    current = next;
  }
  if (has_delta) add_first_block(index, out);
}

// A split block is one stream for each byte of an element (a short last block never is split), each behind its size: 0
// for zeros, negative for one byte over and over, the decoded size for a stream that did not compress.
void Blosc2Chunk::read_streams(std::size_t index, MutableByteView out) const {
  const std::size_t start = load_le<std::uint32_t>(stored_.data() + kHeaderBytes + 4 * index);
  const std::string block = "blosc2: block " + std::to_string(index);
  if (start < kHeaderBytes + 4 * blocks() || start > stored_.size()) {
    corrupt(what_, block + " starts at " + std::to_string(start) + ", expected " +
                       std::to_string(kHeaderBytes + 4 * blocks()) + " to " + std::to_string(stored_.size()));
  }
  const std::size_t streams = split_ && out.size() == block_bytes_ ? element_bytes_ : 1;
  if (out.size() % streams != 0) {
    corrupt(what_, block + " has " + std::to_string(out.size()) + " bytes, expected elements of " +
                       std::to_string(element_bytes_));
  }
  const std::size_t stream_bytes = out.size() / streams;
  Cursor cursor(stored_.subspan(start), what_);
  for (std::size_t i = 0; i < streams; ++i) {
    const MutableByteView to = out.subspan(i * stream_bytes, stream_bytes);
    const auto size = static_cast<std::int32_t>(cursor.u32());
    if (size <= 0) {
      constexpr unsigned kRun = 1;
      if (size < -255 || (size < 0 && !(cursor.u8() & kRun))) {
        corrupt(what_, block + " has a stream of " + std::to_string(size) + " bytes");
      }
      std::fill(to.begin(), to.end(), static_cast<std::byte>(-size));
      continue;
    }
    const ByteView stream = cursor.bytes(static_cast<std::uint64_t>(size));
    if (stream.size() == to.size()) {
      std::memcpy(to.data(), stream.data(), to.size());
    } else {
      decode_block(codec_, stream, to, what_);
    }
  }
}

// Every element is an exclusive or with the one before it (in the first block), or with the one at the same place of
// the first block (in the others). The library takes elements as words of 8, 4, 2 or 1 bytes and leaves a last,
// incomplete word alone.
void Blosc2Chunk::add_first_block(std::size_t index, MutableByteView block) {
  const bool is_word = element_bytes_ == 1 || element_bytes_ == 2 || element_bytes_ == 4;
  const std::size_t word = is_word ? element_bytes_ : element_bytes_ % 8 == 0 ? 8 : 1;
  const std::size_t whole = block.size() / word * word;
  if (index == 0) {
    for (std::size_t i = word; i < whole; ++i) block[i] ^= block[i - word];
  } else {
    for (std::size_t i = 0; i < whole; ++i) block[i] ^= first_block_[i];
  }
}

void Blosc2Chunk::read(MutableByteView out) {
  for (std::size_t i = 0; i < blocks(); ++i) {
    const std::size_t at = i * block_bytes_;
    read_block(i, out.subspan(at, std::min(block_bytes_, bytes_ - at)));
  }
}

}  // namespace chunkmark::hdf5
