#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {

std::string chunk_key(const ArrayMetadata& metadata, const array::Shape& chunk) {
  const bool v2 = metadata.v2_chunk_keys || metadata.format == Format::kV2;
  std::string key = v2 ? "" : "c";
  if (v2 && chunk.empty()) return "0";
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (!v2 || i > 0) key += metadata.separator;
    key += std::to_string(chunk[i]);
  }
  return key;
}

}  // namespace chunkmark::zarr
