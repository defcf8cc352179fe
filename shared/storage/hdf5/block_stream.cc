// lz4 and bitshuffle, block by block. See compressors.cc and bitshuffle.cc for the two formats.
#include <algorithm>
#include <utility>

#include "storage/hdf5/byte_stream.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/shuffle.h"

namespace chunkmark::hdf5 {

namespace {

class BlockStream : public ByteStream {
 public:
  BlockStream(std::unique_ptr<ByteStream> in, std::uint64_t max_bytes, const std::string& what)
      : in_(std::move(in)), what_(what), max_bytes_(max_bytes) {}

  // Straight into `out` where a block fits there.
  std::size_t read(MutableByteView out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      if (left_.empty()) {
        const std::size_t size = next_size();
        if (size == 0) break;
        if (size <= out.size() - done) {
          decode(out.subspan(done, size));
          done += size;
          continue;
        }
        block_.resize(size);
        decode(block_);
        left_ = block_;
      }
      const std::size_t count = std::min(left_.size(), out.size() - done);
      std::memcpy(out.data() + done, left_.data(), count);
      left_ = left_.subspan(count);
      done += count;
    }
    return done;
  }

 protected:
  // The next block's decoded size, 0 at the end.
  virtual std::size_t next_size() = 0;
  virtual void decode(MutableByteView out) = 0;

  // Decoded and block size, which stand in front of the blocks.
  void read_header() {
    const ByteView header = take(12);
    total_ = load_be(header, 0, 8, what_);
    block_bytes_ = load_be(header, 8, 4, what_);
    if (total_ > max_bytes_) {
      corrupt(what_, std::to_string(total_) + " bytes decoded, expected at most " + std::to_string(max_bytes_));
    }
  }
  // Exactly so many bytes of the input. Borrowed until the next call.
  ByteView take(std::uint64_t count) {
    // No block is stored in much more than what it holds.
    if (count > max_bytes_ + max_bytes_ / 8 + 4096) {
      corrupt(what_,
              "a block of " + std::to_string(count) + " stored bytes, the chunk has " + std::to_string(max_bytes_));
    }
    stored_.resize(count);
    if (in_->read(stored_) != count) {
      corrupt(what_,
              "ends within " + std::to_string(count) + " bytes after " + std::to_string(written_) + " decoded ones");
    }
    return stored_;
  }
  ByteView take_block() { return take(load_be(take(4), 0, 4, what_)); }
  // What stands behind the last block is dropped, but read: a checksum below looks at all of it. How much it was.
  std::uint64_t drain() {
    std::uint64_t bytes = 0;
    std::byte piece[256];
    while (const std::size_t read = in_->read(piece)) bytes += read;
    return bytes;
  }

  std::unique_ptr<ByteStream> in_;
  std::string what_;
  std::uint64_t max_bytes_, total_ = 0, block_bytes_ = 0, written_ = 0;

 private:
  std::vector<std::byte> stored_, block_;
  ByteView left_;
};

class Lz4Stream final : public BlockStream {
 public:
  using BlockStream::BlockStream;

 private:
  std::size_t next_size() override {
    if (!std::exchange(started_, true)) {
      read_header();
      if (block_bytes_ == 0 && total_ > 0) corrupt(what_, "lz4: blocks of 0 bytes");
    }
    if (written_ == total_) drain();
    return std::min(block_bytes_, total_ - written_);
  }
  void decode(MutableByteView out) override {
    const ByteView stored = take_block();
    if (stored.size() == out.size()) {
      std::memcpy(out.data(), stored.data(), out.size());
    } else {
      decode_block(BlockCodec::kLz4, stored, out, what_);
    }
    written_ += out.size();
  }
  bool started_ = false;
};

// Without a compressor there is no header, and the end of the input tells where the last, shorter block is; what is
// less than eight elements stands behind it as it is.
class BitshuffleStream final : public BlockStream {
 public:
  BitshuffleStream(const Filter& filter, std::unique_ptr<ByteStream> in, std::uint64_t max_bytes,
                   const std::string& what)
      : BlockStream(std::move(in), max_bytes, what), settings_(parse_bitshuffle(filter, what)) {}

 private:
  std::size_t next_size() override {
    if (!std::exchange(started_, true)) start();
    if (written_ == total_ && drain() > 0 && !settings_.compressed) {
      corrupt(what_, "bitshuffle: more than the " + std::to_string(total_) + " bytes expected");
    }
    return std::min<std::uint64_t>(block_bytes_, written_ < whole_ ? whole_ - written_ : total_ - written_);
  }
  void start() {
    if (settings_.compressed) {
      read_header();
    } else {
      total_ = max_bytes_;
    }
    block_bytes_ = bitshuffle_block_bytes(settings_, block_bytes_, total_, what_);
    whole_ = total_ - total_ / settings_.element_bytes % 8 * settings_.element_bytes;
  }
  void decode(MutableByteView out) override {
    if (written_ == whole_) {
      std::memcpy(out.data(), take(out.size()).data(), out.size());
    } else if (settings_.compressed) {
      transposed_.resize(out.size());
      decode_block(settings_.codec, take_block(), transposed_, what_);
      unshuffle_bits(transposed_, out.data(), settings_.element_bytes);
    } else {
      unshuffle_bits(take(out.size()), out.data(), settings_.element_bytes);
    }
    written_ += out.size();
  }

  BitshuffleSettings settings_;
  std::vector<std::byte> transposed_;
  std::uint64_t whole_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_block_stream(const Filter& filter, std::unique_ptr<ByteStream> in,
                                              std::uint64_t max_bytes, const std::string& what) {
  if (id_of(filter) == FilterId::kLz4) return std::make_unique<Lz4Stream>(std::move(in), max_bytes, what);
  return std::make_unique<BitshuffleStream>(filter, std::move(in), max_bytes, what);
}

}  // namespace chunkmark::hdf5
