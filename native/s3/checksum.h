// The CRC-32C of an object or a part, as S3 wants it in headers.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace chunkmark::s3 {

inline constexpr char kChecksumHeader[] = "x-amz-checksum-crc32c";

std::string checksum_text(const Crc32c& sum);
std::string checksum_text(std::span<const ByteView> body);

}  // namespace chunkmark::s3
