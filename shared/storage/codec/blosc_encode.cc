#include <blosc.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/error.h"
#include "storage/array/chunk_view.h"
#include "storage/codec/blosc_codec.h"
#include "storage/codec/blosc_format.h"
#include "storage/codec/raw.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kBodyBegin = kBloscHeaderBytes + kBloscStartBytes;  // of a chunk with one block

// Room for a piece that does not compress, so that the library stores its parts as they are instead of giving up.
std::size_t room_for(std::size_t bytes, std::size_t blocks) {
  return bytes + kBloscHeaderBytes + blocks * (kBloscStartBytes + kBloscBlockOverhead);
}

// The call of the library, with everything fixed but the bytes.
class Encoder {
 public:
  Encoder(const BloscSettings& settings, const ChunkSource& source, Sink& sink)
      : settings_(settings), source_(source), name_(sink.name()) {
    typesize_ = settings.typesize != 0 ? settings.typesize : source.dtype().item_bytes;
    shuffle_ = blosc_shuffle(settings, typesize_);
  }

  // A blosc chunk of serial bytes [offset, offset + bytes) in `out`; `in` is used where they are not contiguous.
  ByteView compress(std::uint64_t offset, std::size_t bytes, std::vector<std::byte>& in,
                    std::vector<std::byte>& out) const {
    const std::byte* from = source_.direct(offset, bytes);
    if (from == nullptr) {
      if (in.size() < bytes) in.resize(bytes);
      source_.gather(offset, MutableByteView(in).first(bytes));
      from = in.data();
    }
    return compress(from, bytes, out);
  }

  ByteView compress(const std::byte* from, std::size_t bytes, std::vector<std::byte>& out) const {
    const int size = ::blosc_compress_ctx(settings_.level, shuffle_, typesize_, bytes, from, out.data(), out.size(),
                                          settings_.compressor.c_str(), settings_.block_bytes, 1);
    if (size <= 0) {
      throw Error(ErrorCode::kInvalidArgument, name_ + ": blosc with " + settings_.compressor + " at level " +
                                                   std::to_string(settings_.level) + " failed (" +
                                                   std::to_string(size) + ")");
    }
    return ByteView(out).first(static_cast<std::size_t>(size));
  }

  // The header that the library gives to chunks of many blocks, learnt from one of zeros.
  BloscHeader header_of_large_chunk() const {
    const std::size_t bytes = std::max<std::size_t>(1 << 20, settings_.block_bytes) + (64 << 10);
    const std::vector<std::byte> zeros(bytes);
    std::vector<std::byte> out(room_for(bytes, 1024));
    return load_blosc_header(compress(zeros.data(), bytes, out).data());
  }

 private:
  const BloscSettings& settings_;
  const ChunkSource& source_;
  const std::string& name_;
  std::size_t typesize_;
  int shuffle_;
};

void encode_memcpyed(BloscHeader header, const ChunkSource& source, Sink& sink) {
  header.flags |= kBloscMemcpyed;
  header.chunk_bytes = header.content_bytes + static_cast<std::uint32_t>(kBloscHeaderBytes);
  std::array<std::byte, kBloscHeaderBytes> bytes;
  store_blosc_header(header, bytes.data());
  sink.append(bytes);
  encode_raw(source, sink);
}

struct Lane {
  std::vector<std::byte> in, out;
  ByteView body;
};

// Compresses the blocks and appends them; false when they take as much as the content itself.
//
// Why a block made as a chunk of its own has the body that it would have in the large chunk: the library compresses
// each block by itself, and what it does depends only on the block's bytes, the settings, the size of blocks and
// whether the block is the chunk's short last one. For a chunk of one block's size it chooses that size again; check()
// sees that it did. The only block of a chunk is never "short", so the true short one is compressed together with the
// block before.
class BlockWriter {
 public:
  BlockWriter(const Encoder& encoder, BloscHeader header, Sink& sink, Executor& executor)
      : encoder_(encoder), header_(header), sink_(sink), executor_(executor), starts_(header.blocks()) {}

  bool write() {
    const std::size_t table_end = kBloscHeaderBytes + kBloscStartBytes * starts_.size();
    sink_.reserve(table_end);
    end_ = table_end;
    // A short last block is stored in another way than full ones, which shows only beside one: those two go together.
    const bool has_short = header_.last_block_bytes() != header_.block_bytes;
    write_full_blocks(starts_.size() - (has_short ? 2 : 0));
    if (has_short && !hopeless()) write_last_two();
    if (hopeless()) return false;

    header_.chunk_bytes = static_cast<std::uint32_t>(end_);
    std::vector<std::byte> table(table_end);
    store_blosc_header(header_, table.data());
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      store_le(&table[kBloscHeaderBytes + i * kBloscStartBytes], starts_[i]);
    }
    sink_.patch_at(0, table);
    return true;
  }

 private:
  // Where the library would give up as well and store the content as it is.
  bool hopeless() const { return end_.load() > header_.content_bytes + kBloscHeaderBytes; }

  void write_full_blocks(std::size_t n) {
    const std::size_t block = header_.block_bytes;
    std::vector<Lane> lanes(executor_.width());
    const auto produce = [&](std::size_t i, unsigned number) {
      Lane& lane = lanes[number];
      if (hopeless()) return;
      if (lane.out.empty()) lane.out.resize(room_for(block, 1));
      const ByteView chunk = encoder_.compress(i * block, block, lane.in, lane.out);
      check(load_blosc_header(chunk.data()));
      lane.body = chunk.subspan(kBodyBegin);
    };
    executor_.ordered(n, produce, [&](std::size_t i, unsigned number) { append(i, lanes[number].body); });
  }

  void write_last_two() {
    const std::size_t first = starts_.size() - 2;
    const std::size_t bytes = header_.block_bytes + header_.last_block_bytes();
    Lane lane;
    lane.out.resize(room_for(bytes, 2));
    const ByteView chunk =
        encoder_.compress(static_cast<std::uint64_t>(first) * header_.block_bytes, bytes, lane.in, lane.out);
    check(load_blosc_header(chunk.data()));
    const std::uint32_t second = load_le<std::uint32_t>(&chunk[kBodyBegin]);
    append(first, chunk.subspan(kBodyBegin + kBloscStartBytes, second - kBodyBegin - kBloscStartBytes));
    append(first + 1, chunk.subspan(second));
  }

  void append(std::size_t block, ByteView body) {
    if (hopeless()) return;
    starts_[block] = static_cast<std::uint32_t>(end_.load());
    sink_.append(body);
    end_ += body.size();
  }

  // The pieces are of use only if the library cut them as it would cut the whole.
  void check(const BloscHeader& piece) const {
    if (piece.block_bytes == header_.block_bytes && !piece.memcpyed() && piece.flags == header_.flags) return;
    throw Error(ErrorCode::kIo, sink_.name() + ": expected blosc blocks of " + std::to_string(header_.block_bytes) +
                                    " bytes, found " + std::to_string(piece.block_bytes) + " (flags " +
                                    std::to_string(piece.flags) + ")");
  }

  const Encoder& encoder_;
  BloscHeader header_;
  Sink& sink_;
  Executor& executor_;
  std::vector<std::uint32_t> starts_;
  std::atomic<std::uint64_t> end_{0};  // written in order, read by all lanes
};

}  // namespace

void BloscCodec::encode(const ChunkSource& source, Sink& sink, Executor& executor) const {
  const std::uint64_t bytes = source.bytes();
  if (bytes > kBloscMaxBytes) {
    throw Error(ErrorCode::kInvalidArgument, sink.name() + ": expected chunks of at most " +
                                                 std::to_string(kBloscMaxBytes) + " bytes for blosc, found " +
                                                 std::to_string(bytes));
  }
  if (settings_.block_bytes > kBloscMaxForcedBlock) {
    throw Error(ErrorCode::kUnsupported, sink.name() + ": expected a blosc blocksize of at most " +
                                             std::to_string(kBloscMaxForcedBlock) + ", found " +
                                             std::to_string(settings_.block_bytes));
  }
  const Encoder encoder(settings_, source, sink);
  if (bytes <= kBloscSmallChunkBytes) {
    // The library's own buffers are what callers give it: the content and 16 bytes.
    std::vector<std::byte> in;
    std::vector<std::byte> out(static_cast<std::size_t>(bytes) + kBloscHeaderBytes);
    sink.append(encoder.compress(0, static_cast<std::size_t>(bytes), in, out));
    return;
  }
  BloscHeader header = encoder.header_of_large_chunk();
  header.content_bytes = static_cast<std::uint32_t>(bytes);
  if (header.memcpyed()) return encode_memcpyed(header, source, sink);  // level 0
  if (BlockWriter(encoder, header, sink, executor).write()) return;
  sink.truncate(0);
  encode_memcpyed(header, source, sink);
}

}  // namespace chunkmark::codec
