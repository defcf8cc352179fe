#include "native/s3/checksum.h"

#include "base/base64.h"

namespace chunkmark::s3 {

std::string checksum_text(const Crc32c& sum) {
  const std::uint32_t value = sum.value();
  const std::byte big_endian[] = {static_cast<std::byte>(value >> 24), static_cast<std::byte>(value >> 16),
                                  static_cast<std::byte>(value >> 8), static_cast<std::byte>(value)};
  return base64(big_endian);
}

std::string checksum_text(std::span<const ByteView> body) {
  Crc32c sum;
  for (const ByteView run : body) sum.add(run);
  return checksum_text(sum);
}

}  // namespace chunkmark::s3
