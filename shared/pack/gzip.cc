#include "pack/gzip.h"

#include <zlib.h>

#include <limits>

#include "base/error.h"

namespace chunkmark::pack {

std::vector<std::byte> gzip_compress(ByteView raw) {
  if (raw.size() > std::numeric_limits<uInt>::max()) {
    throw Error(ErrorCode::kUnsupported, "gzip: expected at most 4 GiB in one block");
  }
  constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip's header
  constexpr int kMemoryLevel = 8;       // zlib's default
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ErrorCode::kUnavailable, "gzip: no memory");
  }
  std::vector<std::byte> member(deflateBound(&stream, static_cast<uLong>(raw.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(member.data());
  stream.avail_out = static_cast<uInt>(member.size());
  const int result = deflate(&stream, Z_FINISH);
  member.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw Error(ErrorCode::kUnavailable, "gzip: cannot compress");
  return member;
}

}  // namespace chunkmark::pack
