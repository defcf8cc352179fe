#include <blosc.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/json_members.h"
#include "bytes/part.h"
#include "storage/codec/blosc_codec.h"
#include "storage/codec/blosc_format.h"
#include "storage/codec/raw.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kBodyBegin = kBloscHeaderBytes + kBloscStartBytes;  // of a chunk with one block

// Where the blocks' bodies are. Writers with several threads store them in any order, without gaps.
//
// The format has no sizes of bodies: one ends where, in the object, the next one begins, whichever block that is. So
// the offsets are sorted, and a body reaches from its offset to the next larger one, or to the chunk's end. Equal
// offsets, which only a damaged object has, share a body and are left to the decoder.
class BlockTable {
 public:
  BlockTable(const bytes::RandomAccess& object, const BloscHeader& header) : starts_(header.blocks()) {
    object.read_at(kBloscHeaderBytes, std::as_writable_bytes(std::span(starts_)));
    const std::uint64_t table_end = kBloscHeaderBytes + kBloscStartBytes * starts_.size();
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      if (starts_[i] >= table_end && starts_[i] < header.chunk_bytes) continue;
      refuse_corrupt(object.name(),
                     "blosc block " + std::to_string(i) + " between " + std::to_string(table_end) + " and " +
                         std::to_string(header.chunk_bytes),
                     std::to_string(starts_[i]));
    }
    ordered_ = starts_;
    std::sort(ordered_.begin(), ordered_.end());
    ordered_.push_back(header.chunk_bytes);
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      const std::uint32_t bytes = body_bytes(i);
      largest_ = std::max(largest_, bytes);
      if (bytes <= header.block_bytes + kBloscBlockOverhead) continue;
      refuse_corrupt(object.name(),
                     "blosc block " + std::to_string(i) + " of at most " +
                         std::to_string(header.block_bytes + kBloscBlockOverhead) + " bytes",
                     std::to_string(bytes));
    }
  }

  std::uint32_t start(std::size_t block) const { return starts_[block]; }
  std::uint32_t body_bytes(std::size_t block) const {
    return *std::upper_bound(ordered_.begin(), ordered_.end() - 1, starts_[block]) - starts_[block];
  }
  std::uint32_t largest() const { return largest_; }

 private:
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> ordered_;
  std::uint32_t largest_ = 0;
};

struct Lane {
  std::vector<std::byte> in, out;
};

// Makes a chunk of one block from a block's body, and has the library decode that.
//
// The header is the large chunk's with other sizes, so flags, element size and compressor are those that the body was
// made with. Whether a block is split into streams is the one thing that the library tells from a block's place: a
// chunk's short last block never is, and the flag says so for the small chunk, whose only block is never short.
class BlockReader {
 public:
  BlockReader(const bytes::RandomAccess& object, const BloscHeader& header, const ChunkDest& dest)
      : object_(object), header_(header), dest_(dest), table_(object, header) {}

  void read(std::size_t block, Lane& lane) const {
    const bool last = block + 1 == header_.blocks();
    const std::uint32_t bytes = last ? header_.last_block_bytes() : header_.block_bytes;
    const std::uint64_t offset = static_cast<std::uint64_t>(block) * header_.block_bytes;
    if (!dest_.wants(offset, bytes)) return;

    const std::uint32_t body = table_.body_bytes(block);
    if (lane.in.empty()) lane.in.resize(kBodyBegin + table_.largest());
    BloscHeader small = header_;
    small.content_bytes = small.block_bytes = bytes;
    small.chunk_bytes = static_cast<std::uint32_t>(kBodyBegin + body);
    if (bytes != header_.block_bytes) small.flags |= kBloscNotSplit;  // a short last block never is
    store_blosc_header(small, lane.in.data());
    store_le(&lane.in[kBloscHeaderBytes], static_cast<std::uint32_t>(kBodyBegin));
    object_.read_at(table_.start(block), MutableByteView(lane.in).subspan(kBodyBegin, body));

    std::byte* to = dest_.direct(offset, bytes);
    const bool direct = to != nullptr;
    if (!direct) {
      if (lane.out.empty()) lane.out.resize(header_.block_bytes);
      to = lane.out.data();
    }
    const int size = ::blosc_decompress_ctx(lane.in.data(), to, bytes, 1);
    if (size < 0 || static_cast<std::uint32_t>(size) != bytes) {
      refuse_corrupt(object_.name(), std::to_string(bytes) + " bytes from blosc block " + std::to_string(block),
                     size < 0 ? "a damaged block" : std::to_string(size));
    }
    if (direct) {
      dest_.landed(offset, bytes);
    } else {
      dest_.scatter(offset, {to, bytes});
    }
  }

 private:
  const bytes::RandomAccess& object_;
  const BloscHeader& header_;
  const ChunkDest& dest_;
  BlockTable table_;
};

BloscHeader read_header(const bytes::RandomAccess& object) {
  if (object.size() < kBloscHeaderBytes) {
    refuse_corrupt(object.name(), "a blosc header of 16 bytes", std::to_string(object.size()));
  }
  std::array<std::byte, kBloscHeaderBytes> bytes;
  object.read_at(0, MutableByteView(bytes));
  return load_blosc_header(bytes.data());
}

}  // namespace

void BloscCodec::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor& executor) const {
  const BloscHeader header = read_header(object);
  check_blosc_header(header, object.size(), dest.bytes(), object.name());
  if (header.memcpyed()) {
    const bytes::ObjectPart content(object, object.name(), kBloscHeaderBytes, header.content_bytes);
    return decode_raw(content, dest);
  }
  if (header.block_bytes % dest.dtype().word_bytes() != 0 && header.blocks() > 1) {
    refuse_unsupported(object.name(), "blosc block size that cuts elements", std::to_string(header.block_bytes));
  }
  const BlockReader reader(object, header, dest);
  std::vector<Lane> lanes(executor.width());
  executor.parallel(header.blocks(), [&](std::size_t block, unsigned lane) { reader.read(block, lanes[lane]); });
}

std::optional<std::uint64_t> BloscCodec::content_bytes(const bytes::RandomAccess& object) const {
  return read_header(object).content_bytes;
}

}  // namespace chunkmark::codec
