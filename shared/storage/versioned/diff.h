// Diff: what changed between two versions, dataset by dataset and chunk by chunk.
//
// Chunks that both versions map to the same place are equal without being read. Where places differ, elements are
// compared, so that a chunk that was rewritten with equal contents is no change. Elements that only one version has
// (the shape grew or shrank) are counted, not read. Memory: two chunks. Errors: as reading.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

struct ChangedBox {
  array::Region box;           // the part of the chunk that both versions have
  std::uint64_t elements = 0;  // of it that differ
};

struct DatasetDiff {
  enum class Kind : std::uint8_t { kAdded, kRemoved, kChanged };
  Kind kind = Kind::kChanged;
  std::string path;
  std::vector<std::uint64_t> shape_before, shape_after;
  bool type_changed = false;  // then elements are not compared
  bool attributes_changed = false;
  std::uint64_t elements_added = 0, elements_removed = 0;  // by the change of shape alone
  std::uint64_t changed_elements = 0;                      // of those that both versions have
  std::vector<ChangedBox> boxes;
};

// Datasets without a difference are left out.
std::vector<DatasetDiff> diff(const Version& before, const Version& after, Session& session);
json::array diff_json(const std::vector<DatasetDiff>& diffs);

}  // namespace chunkmark::versioned
