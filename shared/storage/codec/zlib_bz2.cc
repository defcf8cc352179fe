// "zlib" and "bz2", as numcodecs has them: one stream of the library's own framing each.
#include <bzlib.h>
#include <zlib.h>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/gzip_member.h"
#include "storage/codec/stream_codec.h"

namespace chunkmark::codec {
namespace {

// What the two libraries share: a struct of pointers and counts. Neither writes its input, whose type lacks const.
template <typename State, typename Call>
bool run(State& state, ByteView& in, MutableByteView& out, Call call) {
  state.next_in = reinterpret_cast<decltype(state.next_in)>(const_cast<std::byte*>(in.data()));
  state.avail_in = static_cast<unsigned>(in.size());
  state.next_out = reinterpret_cast<decltype(state.next_out)>(out.data());
  state.avail_out = static_cast<unsigned>(out.size());
  const bool ended = call();
  in = in.last(state.avail_in);
  out = out.last(state.avail_out);
  return ended;
}

[[noreturn]] void fail(ErrorCode code, const std::string& object, const char* library, int status) {
  throw Error(code, object + ": " + library + ": error " + std::to_string(status));
}

class ZlibEncoder final : public ByteStream {
 public:
  ZlibEncoder(int level, const std::string& object) : object_(object) {
    if (const int status = ::deflateInit(&state_, level); status != Z_OK) fail(ErrorCode::kIo, object_, "zlib", status);
  }
  ~ZlibEncoder() override { ::deflateEnd(&state_); }
  bool step(ByteView& in, MutableByteView& out, bool last) override {
    return run(state_, in, out, [&] {
      const int status = ::deflate(&state_, last ? Z_FINISH : Z_NO_FLUSH);
      if (status < 0 && status != Z_BUF_ERROR) fail(ErrorCode::kIo, object_, "zlib", status);
      return status == Z_STREAM_END;
    });
  }

 private:
  const std::string& object_;
  z_stream state_{};
};

class ZlibDecoder final : public ByteStream {
 public:
  explicit ZlibDecoder(const std::string& object) : member_(object, GzipFraming::kZlib) {}
  bool step(ByteView& in, MutableByteView& out, bool) override { return member_.advance(in, out); }

 private:
  GzipMember member_;
};

class Bz2Encoder final : public ByteStream {
 public:
  Bz2Encoder(int level, const std::string& object) : object_(object) {
    const int status = ::BZ2_bzCompressInit(&state_, level, 0, 0);
    if (status != BZ_OK) fail(ErrorCode::kIo, object_, "bz2", status);
  }
  ~Bz2Encoder() override { ::BZ2_bzCompressEnd(&state_); }
  bool step(ByteView& in, MutableByteView& out, bool last) override {
    return run(state_, in, out, [&] {
      const int status = ::BZ2_bzCompress(&state_, last ? BZ_FINISH : BZ_RUN);
      if (status < 0) fail(ErrorCode::kIo, object_, "bz2", status);
      return status == BZ_STREAM_END;
    });
  }

 private:
  const std::string& object_;
  bz_stream state_{};
};

class Bz2Decoder final : public ByteStream {
 public:
  explicit Bz2Decoder(const std::string& object) : object_(object) {
    const int status = ::BZ2_bzDecompressInit(&state_, 0, 0);
    if (status != BZ_OK) fail(ErrorCode::kIo, object_, "bz2", status);
  }
  ~Bz2Decoder() override { ::BZ2_bzDecompressEnd(&state_); }
  bool step(ByteView& in, MutableByteView& out, bool) override {
    return run(state_, in, out, [&] {
      const int status = ::BZ2_bzDecompress(&state_);
      if (status < 0) fail(ErrorCode::kCorrupt, object_, "bz2", status);
      return status == BZ_STREAM_END;
    });
  }

 private:
  const std::string& object_;
  bz_stream state_{};
};

template <typename Encoder, typename Decoder>
class LevelCodec final : public StreamCodec {
 public:
  LevelCodec(std::string_view name, int level) : name_(name), level_(level) {}
  std::string_view name() const override { return name_; }
  json::object configuration(Dialect) const override { return {{"level", level_}}; }

 protected:
  std::unique_ptr<ByteStream> encoder(const std::string& object) const override {
    return std::make_unique<Encoder>(level_, object);
  }
  std::unique_ptr<ByteStream> decoder(const std::string& object) const override {
    return std::make_unique<Decoder>(object);
  }

 private:
  std::string_view name_;
  int level_;
};

}  // namespace

std::shared_ptr<const Codec> make_zlib(const json::object& settings, const std::string& document) {
  const auto level = static_cast<int>(integer_member_or(settings, "level", 1, -1, 9, document));
  return std::make_shared<LevelCodec<ZlibEncoder, ZlibDecoder>>("zlib", level);
}

std::shared_ptr<const Codec> make_bz2(const json::object& settings, const std::string& document) {
  const auto level = static_cast<int>(integer_member_or(settings, "level", 1, 1, 9, document));
  return std::make_shared<LevelCodec<Bz2Encoder, Bz2Decoder>>("bz2", level);
}

}  // namespace chunkmark::codec
