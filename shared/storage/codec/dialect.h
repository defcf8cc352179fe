// Dialect: whose words a codec's settings are in.
#pragma once

namespace chunkmark::codec {

enum class Dialect {
  kNumcodecs,  // Zarr v2: the members beside "id"
  kV3,         // Zarr v3: the "configuration"
};

}  // namespace chunkmark::codec
