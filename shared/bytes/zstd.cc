#include "bytes/zstd.h"

#include <zstd.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace chunkmark::bytes {

std::vector<std::byte> zstd_compress(ByteView raw, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<std::byte> frame(ZSTD_compressBound(raw.size()));
  const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), raw.data(), raw.size());
  if (ZSTD_isError(size)) throw Error(ErrorCode::kIo, std::string("zstd: ") + ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

std::vector<std::byte> zstd_decompress(ByteView frame, std::size_t raw_bytes, std::string_view name) {
  std::vector<std::byte> raw(raw_bytes);
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), frame.data(), frame.size());
  if (ZSTD_isError(size)) {
    throw Error(ErrorCode::kCorrupt, std::string(name) + ": zstd: " + ZSTD_getErrorName(size));
  }
  if (size != raw_bytes) {
    throw Error(ErrorCode::kCorrupt, std::string(name) + ": expected " + std::to_string(raw_bytes) +
                                         " bytes of content, found " + std::to_string(size));
  }
  return raw;
}

}  // namespace chunkmark::bytes
