#include "bytes/gzip.h"

#include <libdeflate.h>

#include <memory>

#include "base/error.h"

namespace chunkmark::bytes {

std::vector<std::byte> gzip_compress(ByteView raw) {
  constexpr int kLevel = 6;  // the library's default
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kLevel), libdeflate_free_compressor);
  if (compressor == nullptr) throw Error(ErrorCode::kUnavailable, "gzip: no memory");
  std::vector<std::byte> member(libdeflate_gzip_compress_bound(compressor.get(), raw.size()));
  member.resize(libdeflate_gzip_compress(compressor.get(), raw.data(), raw.size(), member.data(), member.size()));
  if (member.empty()) throw Error(ErrorCode::kUnavailable, "gzip: cannot compress");
  return member;
}

}  // namespace chunkmark::bytes
