// Verify of a file without versions: every group, attribute and dataset is read, every chunk decoded, every checksum of
// the format compared; what two datasets both claim is told.
//
// Checks what the HDF5 format says of itself. Without checksums (contiguous data, chunks without fletcher32, old
// headers) a flipped bit is not seen: the report says how many datasets have one. Memory: an extent per stored chunk; a
// slab.
#pragma once

#include "storage/versioned/verify.h"

namespace chunkmark::versioned {

struct PlainReport {
  std::vector<Finding> findings;
  std::uint64_t groups = 0, datasets = 0, chunks = 0, stored_bytes = 0, checksummed = 0;

  bool sound() const;  // no damage
};

PlainReport verify_plain(Session& session);
json::object verify_plain_json(const PlainReport& report);

}  // namespace chunkmark::versioned
