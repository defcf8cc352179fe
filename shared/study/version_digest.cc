#include "study/version_digest.h"

#include <span>

namespace chunkmark::study {

void VersionDigest::add(const array::Shape& shape, ByteView bytes) {
  std::string text;
  for (const std::uint64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  sum_.update(as_byte_view("(" + text + (shape.size() == 1 ? ",)" : ")")));
  sum_.update(bytes);
}

std::vector<std::string> expected_digests(const VersionCase& version_case) {
  VersionHistory history(version_case.workload, version_case.mode, version_case.seed);
  std::vector<std::string> digests;
  for (std::uint64_t i = 0; i <= version_case.transactions; ++i) {
    if (i > 0) history.next();
    VersionDigest digest;
    for (const HistoryArray& array : history.arrays())
      digest.add(array.shape, std::as_bytes(std::span(array.elements)));
    digests.push_back(digest.hex());
  }
  return digests;
}

}  // namespace chunkmark::study
