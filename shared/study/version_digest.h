// VersionDigest: the sha256 of one version's arrays, which every engine's must be when it is read back.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "storage/versioned/sha256.h"
#include "study/version_case.h"

namespace chunkmark::study {

// Of each array its shape, as Python writes it ("(5000,)", "(30, 30)"), and its elements; key0, key1, val.
class VersionDigest {
 public:
  void add(const array::Shape& shape, ByteView bytes);
  std::string hex() { return versioned::to_hex(sum_.digest()); }

 private:
  versioned::Sha256 sum_;
};

// Of the first version and of the one after each transaction.
std::vector<std::string> expected_digests(const VersionCase& version_case);

}  // namespace chunkmark::study
