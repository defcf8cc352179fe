// CommittedDataset: what a writer needs to know of a dataset of a committed version: where it is, and which chunk of
// raw_data each of its chunks is.
//
// A value. Errors of reading it: kCorrupt, kUnsupported, naming the path.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/versioned/attribute_value.h"
#include "storage/versioned/raw_store.h"

namespace chunkmark::versioned {

using Attributes = std::map<std::string, AttributeValue>;

// In place of a row: the chunk is read through the version, since it is no one chunk of raw_data.
inline constexpr std::uint64_t kForeignRow = ~std::uint64_t{0};

struct CommittedDataset {
  std::uint64_t address = 0;
  array::Shape shape;
  // By chunk, in C order of the grid; what is all fill value has none. Sorted.
  using Mapped = std::pair<std::uint64_t, std::uint64_t>;
  std::vector<Mapped> mapped;  // chunk, first row in raw_data
  Attributes attributes;       // without the format's own two

  bool is_foreign() const { return !mapped.empty() && mapped.front().second == kForeignRow; }
};

// The first row in raw_data of a chunk; nothing where it has no mapping.
std::optional<std::uint64_t> row_of(const std::vector<CommittedDataset::Mapped>& mapped, std::uint64_t chunk);

// The dataset whose header is at `address`. If its mappings are not one for each chunk, as the format wants it, all its
// chunks are foreign.
std::shared_ptr<CommittedDataset> read_committed(Session& session, const RawStore& raw, std::uint64_t address);

Attributes copy_attributes(const std::vector<hdf5::Attribute>& from, hdf5::GlobalHeap& heap);

// Whether a dataset's attribute of that name is the format's, not the user's.
bool is_own_attribute(std::string_view name);

}  // namespace chunkmark::versioned
