#define ZLIB_CONST
#include <zlib.h>

#include "base/error.h"
#include "storage/codec/gzip_member.h"

namespace chunkmark::codec {
namespace {

constexpr int kWindow = 15;       // the largest
constexpr int kGzipFraming = 16;  // added to it: gzip's header and trailer, else zlib's

}  // namespace

struct GzipMember::State {
  ~State() { ::inflateEnd(&stream); }

  z_stream stream{};
};

std::pair<std::string, std::string> GzipMember::library() {
  return {"zlib", ::zlibVersion()};
}

GzipMember::GzipMember(const std::string& name, GzipFraming framing) : name_(name), state_(std::make_unique<State>()) {
  const int window = framing == GzipFraming::kGzip ? kWindow + kGzipFraming : kWindow;
  if (::inflateInit2(&state_->stream, window) != Z_OK) throw Error(ErrorCode::kIo, name + ": zlib: no memory");
}

GzipMember::~GzipMember() = default;

bool GzipMember::advance(ByteView& in, MutableByteView& out) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<const Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::inflate(&stream, Z_NO_FLUSH);
  in = in.last(stream.avail_in);
  out = out.last(stream.avail_out);
  if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) {
    throw Error(ErrorCode::kCorrupt,
                name_ + ": expected a gzip stream, found: " + (stream.msg != nullptr ? stream.msg : ::zError(result)));
  }
  return result == Z_STREAM_END;
}

void GzipMember::restart() {
  ::inflateReset(&state_->stream);
}

}  // namespace chunkmark::codec
