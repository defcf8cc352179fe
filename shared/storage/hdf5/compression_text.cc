#include "storage/hdf5/compression_text.h"

#include <charconv>

#include "base/error.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

std::vector<Filter> parse_compression(const std::string& text, std::uint32_t element_bytes, std::uint64_t chunk_bytes) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  std::uint32_t level = 0;
  if (colon != std::string::npos) {
    const auto [end, status] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), level);
    if (status != std::errc() || end != text.data() + text.size() || level > 22) {
      throw Error(ErrorCode::kInvalidArgument, "compression: expected a level such as gzip:4, found " + text);
    }
  }
  const auto id = [](FilterId filter) { return static_cast<std::uint16_t>(filter); };
  const Filter shuffle{id(FilterId::kShuffle), true, "", {element_bytes}};
  constexpr std::uint32_t kGzipLevel = 4, kZstdLevel = 3;
  constexpr std::uint32_t kLzfVersion = 4, kLzfApi = 261;  // as h5py's own filter says of itself
  if (name == "none") return {};
  if ((name == "gzip" || name == "blosc") && level > 9) {
    throw Error(ErrorCode::kInvalidArgument, "compression: " + name + " has levels 1 to 9, found " + text);
  }
  if (name == "gzip") {
    return {shuffle, {id(FilterId::kGzip), true, "", {level == 0 ? kGzipLevel : level}}};
  }
  if (name == "lzf") {
    return {shuffle,
            {id(FilterId::kLzf), true, "lzf", {kLzfVersion, kLzfApi, static_cast<std::uint32_t>(chunk_bytes)}}};
  }
  if (name == "zstd") return {{id(FilterId::kZstd), true, "zstd", {level == 0 ? kZstdLevel : level}}};
  if (name == "blosc") {
    constexpr std::uint32_t kFilterVersion = 2, kBloscVersion = 2, kBloscLevel = 5, kByteShuffle = 1, kLz4 = 1;
    return {{id(FilterId::kBlosc),
             true,
             "blosc",
             {kFilterVersion, kBloscVersion, element_bytes, static_cast<std::uint32_t>(chunk_bytes),
              level == 0 ? kBloscLevel : level, kByteShuffle, kLz4}}};
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      "compression: expected none, gzip, gzip:LEVEL, lzf, zstd, zstd:LEVEL, blosc or blosc:LEVEL, found " + text);
}

}  // namespace chunkmark::hdf5
