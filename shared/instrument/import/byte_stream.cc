#include "instrument/import/byte_stream.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"

namespace chunkmark::imports {
namespace {

// What of the file was not looked at yet.
class Input {
 public:
  explicit Input(const capture::CaptureFile& file) : file_(file) {}

  ByteView rest() const { return file_.bytes.subspan(at_, std::min(file_.bytes.size() - at_, kMaxRunBytes)); }
  bool at_end() const { return at_ == file_.bytes.size(); }
  void skip(std::size_t count) {
    at_ += count;
    if (file_.done) file_.done(at_);
  }
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Error(ErrorCode::kCorrupt,
                file_.name + ": at byte " + std::to_string(at_) + ": expected " + expected + ", found " + found);
  }

 private:
  capture::CaptureFile file_;
  std::size_t at_ = 0;
};

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(const capture::CaptureFile& file) : input_(file) {}
  ByteView next() override {
    input_.skip(last_);
    const ByteView run = input_.rest();
    last_ = run.size();
    return run;
  }

 private:
  Input input_;
  std::size_t last_ = 0;
};

// `Codec`: kName, and step(input, output, used, made), which returns false at the end of the content and "" or what is
// wrong in `problem`.
template <typename Codec>
class UnpackingStream final : public ByteStream {
 public:
  explicit UnpackingStream(const capture::CaptureFile& file) : input_(file), output_(kMaxRunBytes) {}

  ByteView next() override {
    while (!ended_) {
      const ByteView rest = input_.rest();
      std::size_t used = 0, made = 0;
      std::string problem;
      ended_ = !codec_.step(rest, output_, used, made, problem);
      if (!problem.empty()) input_.fail(std::string("bytes of ") + Codec::kName, problem);
      input_.skip(used);
      if (made > 0) return ByteView(output_).first(made);
      if (!ended_ && used == 0) input_.fail(std::string("more bytes of ") + Codec::kName, "the end of the file");
    }
    return {};
  }

 private:
  Input input_;
  Codec codec_;
  std::vector<std::byte> output_;
  bool ended_ = false;
};

class Lz4 {
 public:
  static constexpr const char* kName = "an LZ4 frame";
  Lz4() { LZ4F_createDecompressionContext(&context_, LZ4F_VERSION); }
  Lz4(const Lz4&) = delete;
  Lz4& operator=(const Lz4&) = delete;
  ~Lz4() { LZ4F_freeDecompressionContext(context_); }
  bool step(ByteView input, MutableByteView output, std::size_t& used, std::size_t& made, std::string& problem) {
    used = input.size();
    made = output.size();
    const std::size_t wanted = LZ4F_decompress(context_, output.data(), &made, input.data(), &used, nullptr);
    if (LZ4F_isError(wanted) != 0) problem = LZ4F_getErrorName(wanted);
    return wanted != 0;
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

class Zstd {
 public:
  static constexpr const char* kName = "a zstd frame";
  // Its window is what a hostile header makes it allocate; 128 MB is also what the program zstd takes at most.
  Zstd() : context_(ZSTD_createDCtx()) { ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, 27); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() { ZSTD_freeDCtx(context_); }
  bool step(ByteView input, MutableByteView output, std::size_t& used, std::size_t& made, std::string& problem) {
    if (input.empty() && at_boundary_) return false;  // several frames may follow each other
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t wanted = ZSTD_decompressStream(context_, &out, &in);
    if (ZSTD_isError(wanted) != 0) problem = ZSTD_getErrorName(wanted);
    at_boundary_ = wanted == 0;
    used = in.pos;
    made = out.pos;
    return true;
  }

 private:
  ZSTD_DCtx* context_;
  bool at_boundary_ = false;
};

class Gzip {
 public:
  static constexpr const char* kName = "a gzip member";
  Gzip() { inflateInit2(&state_, 15 + 16); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() { inflateEnd(&state_); }
  bool step(ByteView input, MutableByteView output, std::size_t& used, std::size_t& made, std::string& problem) {
    if (at_boundary_) {
      if (input.empty()) return false;
      inflateReset(&state_);
      at_boundary_ = false;
    }
    state_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    state_.avail_in = static_cast<uInt>(input.size());
    state_.next_out = reinterpret_cast<Bytef*>(output.data());
    state_.avail_out = static_cast<uInt>(output.size());
    const int status = inflate(&state_, Z_NO_FLUSH);
    at_boundary_ = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      problem = state_.msg != nullptr ? state_.msg : "error " + std::to_string(status);
    }
    used = input.size() - state_.avail_in;
    made = output.size() - state_.avail_out;
    return true;
  }

 private:
  z_stream state_{};
  bool at_boundary_ = false;
};

bool begins_with(ByteView file, std::string_view magic) {
  return as_text(file).starts_with(magic);
}

}  // namespace

Packing packing_of(ByteView file) {
  if (begins_with(file, "\x04\x22\x4d\x18")) return Packing::kLz4;
  if (begins_with(file, "\x28\xb5\x2f\xfd")) return Packing::kZstd;
  if (begins_with(file, "\x1f\x8b")) return Packing::kGzip;
  return Packing::kNone;
}

std::unique_ptr<ByteStream> open_stream(const capture::CaptureFile& file) {
  switch (packing_of(file.bytes)) {
    case Packing::kLz4:
      return std::make_unique<UnpackingStream<Lz4>>(file);
    case Packing::kZstd:
      return std::make_unique<UnpackingStream<Zstd>>(file);
    case Packing::kGzip:
      return std::make_unique<UnpackingStream<Gzip>>(file);
    default:
      return std::make_unique<PlainStream>(file);
  }
}

}  // namespace chunkmark::imports
