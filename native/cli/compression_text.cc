#include "native/cli/compression_text.h"

#include <charconv>

#include "base/error.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::cli {

std::vector<hdf5::Filter> parse_compression(const std::string& text, std::uint32_t element_bytes,
                                            std::uint64_t chunk_bytes) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  std::uint32_t level = 0;
  if (colon != std::string::npos) {
    const auto [end, status] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), level);
    if (status != std::errc() || end != text.data() + text.size() || level > 22) {
      throw Error(ErrorCode::kInvalidArgument, "--compression: expected a level such as gzip:4, found " + text);
    }
  }
  const auto id = [](hdf5::FilterId filter) { return static_cast<std::uint16_t>(filter); };
  const hdf5::Filter shuffle{id(hdf5::FilterId::kShuffle), true, "", {element_bytes}};
  constexpr std::uint32_t kGzipLevel = 4, kZstdLevel = 3;
  constexpr std::uint32_t kLzfVersion = 4, kLzfApi = 261;  // as h5py's own filter says of itself
  if (name == "none") return {};
  if (name == "gzip") {
    if (level > 9) throw Error(ErrorCode::kInvalidArgument, "--compression: gzip has levels 1 to 9, found " + text);
    return {shuffle, {id(hdf5::FilterId::kGzip), true, "", {level == 0 ? kGzipLevel : level}}};
  }
  if (name == "lzf") {
    return {shuffle,
            {id(hdf5::FilterId::kLzf), true, "lzf", {kLzfVersion, kLzfApi, static_cast<std::uint32_t>(chunk_bytes)}}};
  }
  if (name == "zstd") return {{id(hdf5::FilterId::kZstd), true, "zstd", {level == 0 ? kZstdLevel : level}}};
  throw Error(ErrorCode::kInvalidArgument,
              "--compression: expected none, gzip, gzip:LEVEL, lzf, zstd or zstd:LEVEL, found " + text);
}

}  // namespace chunkmark::cli
