#include "storage/hdf5/byte_stream.h"

#define ZSTD_STATIC_LINKING_ONLY  // ZSTD_d_stableOutBuffer
#include <zstd.h>

#include <algorithm>
#include <bit>

#include "storage/codec/gzip_member.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

std::size_t ByteStream::read(MutableByteView out) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (left_.empty()) left_ = next();
    if (left_.empty()) break;
    const std::size_t count = std::min(left_.size(), out.size() - done);
    std::memcpy(out.data() + done, left_.data(), count);
    left_ = left_.subspan(count);
    done += count;
  }
  return done;
}

ByteView ByteStream::next() {
  if (piece_.empty()) piece_.resize(kStreamPieceBytes);
  return ByteView(piece_).first(read(piece_));
}

namespace {

class StoredStream final : public ByteStream {
 public:
  explicit StoredStream(const bytes::RandomAccess& stored) : stored_(stored) {}

  std::size_t read(MutableByteView out) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), stored_.size() - at_));
    if (count > 0) stored_.read_at(at_, out.first(count));
    at_ += count;
    return count;
  }
  ByteView next() override {
    const std::uint64_t count = std::min<std::uint64_t>(kStreamPieceBytes, stored_.size() - at_);
    const ByteView lent = stored_.view(at_, count);
    if (lent.size() != count) return ByteStream::next();
    at_ += count;
    return lent;
  }

 private:
  const bytes::RandomAccess& stored_;
  std::uint64_t at_ = 0;
};

// What the decoders of compressed streams share: the input that is left, and its end.
class Decompressed : public ByteStream {
 protected:
  Decompressed(std::unique_ptr<ByteStream> in, const char* filter, const std::string& what)
      : in_(std::move(in)), filter_(filter), what_(what) {}

  // Input for the decoder; empty at its end.
  ByteView& input() {
    if (left_.empty()) left_ = in_->next();
    return left_;
  }
  // What stands behind the end is dropped, but read: a checksum below looks at all of it.
  void drain() {
    while (!in_->next().empty()) {
    }
    left_ = {};
  }
  [[noreturn]] void refuse(const std::string& why) const { corrupt(what_, std::string(filter_) + ": " + why); }
  const std::string& what() const { return what_; }

 private:
  std::unique_ptr<ByteStream> in_;
  const char* filter_;
  std::string what_;
  ByteView left_;
};

class GzipStream final : public Decompressed {
 public:
  GzipStream(std::unique_ptr<ByteStream> in, const std::string& what)
      : Decompressed(std::move(in), "gzip", what), member_(this->what(), codec::GzipFraming::kZlib) {}

  std::size_t read(MutableByteView out) override {
    constexpr std::size_t kMaxAtOnce = std::size_t{1} << 30;  // the libraries count in 32 bits
    std::size_t done = 0;
    while (done < out.size() && !ended_) {
      MutableByteView part = out.subspan(done, std::min(out.size() - done, kMaxAtOnce));
      const std::size_t room = part.size();
      ByteView& from = input();
      const std::size_t before = from.size();
      ended_ = member_.advance(from, part);
      done += room - part.size();
      if (!ended_ && part.size() == room && from.size() == before) refuse("its stream is cut off");
    }
    if (ended_) drain();
    return done;
  }

 private:
  codec::GzipMember member_;
  bool ended_ = false;
};

class ZstdStream final : public Decompressed {
 public:
  ZstdStream(std::unique_ptr<ByteStream> in, std::uint64_t max_bytes, const std::string& what)
      : Decompressed(std::move(in), "zstd", what), max_bytes_(max_bytes), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    // Frames may ask for a window of 8 MiB, what RFC 8878 has all readers support; for more (up to zstd's own limit)
    // only in chunks that are themselves as large.
    constexpr int kWindowLog = 23, kMaxWindowLog = 27;
    const int log = static_cast<int>(std::bit_width(max_bytes));
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, std::clamp(log, kWindowLog, kMaxWindowLog));
  }

  std::size_t read(MutableByteView out) override {
    // Memory for all of it serves as the window itself. Where the library does not know the parameter, it keeps one.
    const bool all = out.size() == max_bytes_;
    if (all) static_cast<void>(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_stableOutBuffer, 1));
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size || (all && in_frame_)) {
      ByteView& from = input();
      if (from.empty() && !in_frame_) break;
      ZSTD_inBuffer piece{from.data(), from.size(), 0};
      const std::size_t before = to.pos, wants = ZSTD_decompressStream(context_.get(), &to, &piece);
      if (ZSTD_isError(wants)) refuse(ZSTD_getErrorName(wants));
      from = from.subspan(piece.pos);
      in_frame_ = wants != 0;
      if (in_frame_ && piece.pos == 0 && to.pos == before) refuse("its frame is cut off");
    }
    return to.pos;
  }

 private:
  std::uint64_t max_bytes_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  bool in_frame_ = false;
};

// The last 4 bytes are the sum of all before them, so 4 bytes are kept back until more have come.
class Fletcher32Stream final : public ByteStream {
 public:
  Fletcher32Stream(std::unique_ptr<ByteStream> in, std::string what)
      : in_(std::move(in)), what_(std::move(what)), piece_(kSumBytes + kStreamPieceBytes) {}

  ByteView next() override {
    if (ended_) return {};
    if (!started_ && in_->read(MutableByteView(piece_).first(kSumBytes)) < kSumBytes) {
      corrupt(what_, "fletcher32: fewer than the 4 bytes that the checksum alone has");
    }
    if (started_) std::memmove(piece_.data(), piece_.data() + given_, kSumBytes);
    started_ = true;
    given_ = in_->read(MutableByteView(piece_).subspan(kSumBytes));
    const ByteView given = ByteView(piece_).first(given_);
    sum_.add(given);
    if (given_ < kStreamPieceBytes) {
      ended_ = true;
      check_fletcher32(load_le<std::uint32_t>(piece_.data() + given_), sum_.value(), what_);
    }
    return given;
  }

 private:
  static constexpr std::size_t kSumBytes = 4;

  std::unique_ptr<ByteStream> in_;
  std::string what_;
  std::vector<std::byte> piece_;
  std::size_t given_ = 0;
  Fletcher32 sum_;
  bool started_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> stream_of(const bytes::RandomAccess& stored) {
  return std::make_unique<StoredStream>(stored);
}

bool has_stream(const Filter& filter) {
  switch (id_of(filter)) {
    case FilterId::kGzip:
    case FilterId::kFletcher32:
    case FilterId::kLz4:
    case FilterId::kBitshuffle:
    case FilterId::kZstd:
      return true;
    default:
      return false;
  }
}

std::unique_ptr<ByteStream> open_stream(const Filter& filter, std::unique_ptr<ByteStream> in, std::uint64_t max_bytes,
                                        const std::string& what) {
  switch (id_of(filter)) {
    case FilterId::kGzip:
      return std::make_unique<GzipStream>(std::move(in), what);
    case FilterId::kFletcher32:
      return std::make_unique<Fletcher32Stream>(std::move(in), what);
    case FilterId::kZstd:
      return std::make_unique<ZstdStream>(std::move(in), max_bytes, what);
    case FilterId::kLz4:
    case FilterId::kBitshuffle:
      return open_block_stream(filter, std::move(in), max_bytes, what);
    default:
      unsupported(what, filter_name(filter) + " cannot be undone while bytes pass");
  }
}

}  // namespace chunkmark::hdf5
