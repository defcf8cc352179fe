#include <isa-l.h>
#include <isa-l/igzip_lib.h>

#include "base/error.h"
#include "storage/codec/gzip_member.h"

namespace chunkmark::codec {
namespace {

// In zlib's words, which people know.
const char* fault(int result) {
  switch (result) {
    case ISAL_INVALID_BLOCK:
      return "invalid block";
    case ISAL_INVALID_SYMBOL:
      return "invalid code";
    case ISAL_INVALID_LOOKBACK:
      return "invalid distance too far back";
    case ISAL_INVALID_WRAPPER:
      return "incorrect header check";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "incorrect data check";
    default:
      return "data error";
  }
}

}  // namespace

// Output goes into the caller's memory; what matches reach back to is in the library's own window of 64 KiB, so that
// `out` may move between calls. The trailer's sums are checked before the state becomes FINISH.
//
// The header is read apart: isal_inflate, left to do it, forgets in between what it knows of one that comes in pieces.
struct GzipMember::State {
  inflate_state inflate;
  GzipFraming framing;
  isal_gzip_header gzip_header;
  isal_zlib_header zlib_header;
  bool in_header;
};

std::pair<std::string, std::string> GzipMember::library() {
  return {"isa-l", std::to_string(ISAL_MAJOR_VERSION) + "." + std::to_string(ISAL_MINOR_VERSION) + "." +
                       std::to_string(ISAL_PATCH_VERSION)};
}

GzipMember::GzipMember(const std::string& name, GzipFraming framing) : name_(name), state_(std::make_unique<State>()) {
  state_->framing = framing;
  restart();
}

GzipMember::~GzipMember() = default;

bool GzipMember::advance(ByteView& in, MutableByteView& out) {
  inflate_state& inflate = state_->inflate;
  // The library's signature lacks const; it does not write its input.
  inflate.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()));
  inflate.avail_in = static_cast<std::uint32_t>(in.size());
  inflate.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  inflate.avail_out = static_cast<std::uint32_t>(out.size());
  int result = ISAL_DECOMP_OK;
  if (state_->in_header) {
    result = state_->framing == GzipFraming::kGzip ? ::isal_read_gzip_header(&inflate, &state_->gzip_header)
                                                   : ::isal_read_zlib_header(&inflate, &state_->zlib_header);
    state_->in_header = result == ISAL_END_INPUT;
  }
  if (result == ISAL_DECOMP_OK) result = ::isal_inflate(&inflate);
  // First: after a fault, what the library says is left may be anything.
  if (result < 0) throw Error(ErrorCode::kCorrupt, name_ + ": expected a gzip stream, found: " + fault(result));
  in = in.last(inflate.avail_in);
  out = out.last(inflate.avail_out);
  return inflate.block_state == ISAL_BLOCK_FINISH;
}

void GzipMember::restart() {
  ::isal_inflate_init(&state_->inflate);
  const bool gzip = state_->framing == GzipFraming::kGzip;
  state_->inflate.crc_flag = gzip ? ISAL_GZIP_NO_HDR_VER : ISAL_ZLIB_NO_HDR_VER;
  ::isal_gzip_header_init(&state_->gzip_header);
  state_->zlib_header = {};
  state_->in_header = true;
}

}  // namespace chunkmark::codec
