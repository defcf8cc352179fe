#define ZSTD_STATIC_LINKING_ONLY  // for the names of two parameters only; a library without them refuses them politely
#include "storage/codec/zstd_codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "base/error.h"

namespace chunkmark::codec {
namespace {

// zstd's working memory, as new. Each thread keeps one of each kind: to make one takes longer than to compress a small
// chunk. One that has grown beyond kKeptBytes goes when it has done its work.
constexpr std::size_t kKeptBytes = 8 << 20;

class Compressor {
 public:
  Compressor() {
    if (!kept_) kept_.reset(ZSTD_createCCtx());
    ZSTD_CCtx_reset(kept_.get(), ZSTD_reset_session_and_parameters);
  }
  ~Compressor() {
    if (ZSTD_sizeof_CCtx(kept_.get()) > kKeptBytes) kept_.reset();
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ZSTD_CCtx* get() const { return kept_.get(); }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  static thread_local std::unique_ptr<ZSTD_CCtx, Free> kept_;
};
thread_local std::unique_ptr<ZSTD_CCtx, Compressor::Free> Compressor::kept_;

class Decompressor {
 public:
  Decompressor() {
    if (!kept_) kept_.reset(ZSTD_createDCtx());
    ZSTD_DCtx_reset(kept_.get(), ZSTD_reset_session_and_parameters);
  }
  ~Decompressor() {
    if (ZSTD_sizeof_DCtx(kept_.get()) > kKeptBytes) kept_.reset();
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ZSTD_DCtx* get() const { return kept_.get(); }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  static thread_local std::unique_ptr<ZSTD_DCtx, Free> kept_;
};
thread_local std::unique_ptr<ZSTD_DCtx, Decompressor::Free> Decompressor::kept_;

// Memory that nobody has to have zeroed.
struct Buffer {
  explicit Buffer(std::uint64_t n)
      : data(new std::byte[static_cast<std::size_t>(n)]), bytes(data.get(), static_cast<std::size_t>(n)) {}
  std::unique_ptr<std::byte[]> data;
  MutableByteView bytes;
};

// The window that any frame may ask for: 8 MiB, what RFC 8878 recommends that all readers support, and what levels up
// to 19 use. A larger one only for a chunk that is itself as large, and never beyond zstd's own limit for streams.
constexpr int kWindowLog = 23;
constexpr int kMaxWindowLog = 27;

// What is gathered is copied into the window, so that each lane holds all of it. Up to level 3 zstd remembers 2^17
// positions, and hardly finds what is further back than 512 KiB: stored sizes with the 2 MiB that it would take differ
// by -2 % (arrays) to 0.6 % (programs), and the smaller window stays in a processor's cache.
constexpr int kNearLevel = 3;
constexpr int kNearWindowLog = 19;

[[noreturn]] void fail(ErrorCode code, const std::string& object, std::size_t result) {
  throw Error(code, object + ": zstd: " + ZSTD_getErrorName(result));
}

void append_stream(ZSTD_CCtx* context, ZSTD_inBuffer& input, ZSTD_EndDirective end, MutableByteView out, Sink& sink) {
  while (true) {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context, &output, &input, end);
    if (ZSTD_isError(left)) fail(ErrorCode::kIo, sink.name(), left);
    if (output.pos > 0) sink.append(ByteView(out).first(output.pos));
    if (end == ZSTD_e_end ? left == 0 : input.pos == input.size) return;
  }
}

// Feeds the object's bytes to the decoder, piece by piece.
class Input {
 public:
  explicit Input(const bytes::RandomAccess& object)
      : object_(object), memory_(static_cast<std::size_t>(std::min<std::uint64_t>(object.size(), kZstdPieceBytes))) {}

  // False when the object is at its end and all of it has been consumed.
  bool refill() {
    if (buffer.pos < buffer.size) return true;
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(memory_.size(), object_.size() - at_));
    if (n == 0) return false;
    object_.read_at(at_, MutableByteView(memory_).first(n));
    at_ += n;
    buffer = {memory_.data(), n, 0};
    return true;
  }

  ZSTD_inBuffer buffer{nullptr, 0, 0};

 private:
  const bytes::RandomAccess& object_;
  std::vector<std::byte> memory_;
  std::uint64_t at_ = 0;
};

// Calls take(bytes so far) whenever the output is full, and at the end; take returns the next output.
template <typename Take>
void decode_frames(ZSTD_DCtx* context, const bytes::RandomAccess& object, std::uint64_t expected, ZSTD_outBuffer output,
                   Take take) {
  Input input(object);
  std::uint64_t taken = 0;
  std::size_t wants = 1;  // 0 between frames
  while (true) {
    const bool more = input.refill();
    if (!more && wants == 0) break;
    const std::size_t in_before = input.buffer.pos;
    const std::size_t out_before = output.pos;
    wants = ZSTD_decompressStream(context, &output, &input.buffer);
    if (ZSTD_isError(wants)) {
      const bool too_long = ZSTD_getErrorCode(wants) == ZSTD_error_dstSize_tooSmall ||
                            ZSTD_getErrorCode(wants) == ZSTD_error_noForwardProgress_destFull;
      if (!too_long) fail(ErrorCode::kCorrupt, object.name(), wants);
      throw Error(ErrorCode::kCorrupt,
                  object.name() + ": expected " + std::to_string(expected) + " bytes of content, found more");
    }
    const bool stuck = input.buffer.pos == in_before && output.pos == out_before;
    if (output.pos == output.size && taken + output.pos < expected) {
      taken += output.pos;
      output = take(taken);
    } else if (stuck && wants != 0) {
      // No input left and the frame unfinished, or no room left and the frame not done.
      throw Error(ErrorCode::kCorrupt,
                  object.name() + ": expected " + std::to_string(expected) + " bytes of content, found " +
                      (more ? "more" : "the end of the object at " + std::to_string(taken + output.pos)));
    }
  }
  if (taken + output.pos != expected) {
    throw Error(ErrorCode::kCorrupt, object.name() + ": expected " + std::to_string(expected) +
                                         " bytes of content, found " + std::to_string(taken + output.pos));
  }
  if (output.pos > 0) take(taken + output.pos);
}

}  // namespace

json::object ZstdCodec::configuration(Dialect dialect) const {
  json::object settings{{"level", settings_.level}};
  if (dialect == Dialect::kV3 || settings_.checksum) settings["checksum"] = settings_.checksum;
  return settings;
}

void ZstdCodec::encode(const ChunkSource& source, Sink& sink, Executor&) const {
  const Compressor context;
  const auto set = [&](ZSTD_cParameter parameter, int value) {
    const std::size_t result = ZSTD_CCtx_setParameter(context.get(), parameter, value);
    if (ZSTD_isError(result)) fail(ErrorCode::kInvalidArgument, sink.name(), result);
  };
  set(ZSTD_c_compressionLevel, settings_.level);
  set(ZSTD_c_checksumFlag, settings_.checksum ? 1 : 0);
  // Readers size their memory by the content size in the frame's header (numcodecs must have it).
  ZSTD_CCtx_setPledgedSrcSize(context.get(), source.bytes());

  const std::uint64_t bytes = source.bytes();
  const std::byte* all = source.direct(0, bytes);
  if (bytes <= kZstdPieceBytes) {  // in one call, which needs no memory of zstd's own for either side
    const Buffer in(all == nullptr ? bytes : 0);
    if (all == nullptr) source.gather(0, in.bytes);
    const Buffer out(ZSTD_compressBound(static_cast<std::size_t>(bytes)));
    const std::size_t size = ZSTD_compress2(context.get(), out.bytes.data(), out.bytes.size(),
                                            all != nullptr ? all : in.bytes.data(), static_cast<std::size_t>(bytes));
    if (ZSTD_isError(size)) fail(ErrorCode::kIo, sink.name(), size);
    return sink.append(ByteView(out.bytes).first(size));
  }
  // Room for what comes of one block at worst, or zstd would write it to memory of its own first.
  const Buffer out(all != nullptr ? kZstdPieceBytes : ZSTD_compressBound(kZstdGatherBytes));
  if (all != nullptr) {
    // Spares zstd a copy of everything into its window. Where the library does not know the parameter, it copies.
    static_cast<void>(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_stableInBuffer, 1));
    ZSTD_inBuffer input{all, static_cast<std::size_t>(bytes), 0};
    append_stream(context.get(), input, ZSTD_e_end, out.bytes, sink);
    return;
  }
  if (settings_.level <= kNearLevel) set(ZSTD_c_windowLog, kNearWindowLog);
  const Buffer in(kZstdGatherBytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(in.bytes.size(), bytes - at));
    source.gather(at, in.bytes.first(n));
    at += n;
    ZSTD_inBuffer input{in.bytes.data(), n, 0};
    append_stream(context.get(), input, at == bytes ? ZSTD_e_end : ZSTD_e_continue, out.bytes, sink);
  }
}

void ZstdCodec::decode(const bytes::RandomAccess& object, const ChunkDest& dest, Executor&) const {
  const Decompressor context;
  const std::uint64_t bytes = dest.bytes();
  const int chunk_log = static_cast<int>(std::bit_width(bytes - 1));
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, std::clamp(chunk_log, kWindowLog, kMaxWindowLog));
  std::byte* const all = dest.direct(0, bytes);
  if (all != nullptr || bytes <= kZstdWholeBytes) {
    const Buffer own(all == nullptr ? bytes : 0);
    // What is written to itself serves as the window. Where the library does not know the parameter, it keeps a window.
    static_cast<void>(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_stableOutBuffer, 1));
    const ZSTD_outBuffer whole{all != nullptr ? all : own.bytes.data(), static_cast<std::size_t>(bytes), 0};
    decode_frames(context.get(), object, bytes, whole, [&](std::uint64_t) { return whole; });
    return all != nullptr ? dest.landed(0, bytes) : dest.scatter(0, own.bytes);
  }
  const Buffer out(kZstdPieceBytes);
  std::uint64_t scattered = 0;
  const auto next = [&] {
    const std::uint64_t n = std::min<std::uint64_t>(out.bytes.size(), bytes - scattered);
    return ZSTD_outBuffer{out.bytes.data(), static_cast<std::size_t>(n), 0};
  };
  decode_frames(context.get(), object, bytes, next(), [&](std::uint64_t taken) {
    dest.scatter(scattered, out.bytes.first(static_cast<std::size_t>(taken - scattered)));
    scattered = taken;
    return next();
  });
}

std::optional<std::uint64_t> ZstdCodec::content_bytes(const bytes::RandomAccess& object) const {
  std::array<std::byte, 18> head;  // the largest header of a frame
  const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), object.size()));
  object.read_at(0, MutableByteView(head).first(n));
  const unsigned long long bytes = ZSTD_getFrameContentSize(head.data(), n);
  if (bytes == ZSTD_CONTENTSIZE_ERROR) throw Error(ErrorCode::kCorrupt, object.name() + ": expected a zstd frame");
  if (bytes == ZSTD_CONTENTSIZE_UNKNOWN) return std::nullopt;
  return bytes;
}

}  // namespace chunkmark::codec
