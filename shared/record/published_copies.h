// What others have published of the same study: facts with their source and date, shown beside the measured rows.
// Source: the tables of memray-array's README and the peaks of the reports that they link to (published_copies.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "record/copy_row.h"

namespace chunkmark::record {

struct PublishedCopy {
  std::string source, url, published;  // who, where, when
  std::string operation, filesystem, engine, zarr_python, format, codec;
  std::uint64_t array_bytes = 0;
  std::uint64_t extra_copies = 0;
  std::optional<double> extra_heap;  // (peak - array) / array; unset where the report does not show the operation
  std::string report;                // address of the report
  std::string note;                  // what a reader must know of this row, or nothing

  // Whether the row belongs beside a measured one: the same cell of the same array (random float32, `array_bytes` in
  // one chunk), where any two compressors count as one column, as they do in the published tables; `codec` says which.
  bool is_beside(const CopyRow& measured) const;
};

// All rows, in the order in which tables show them.
const std::vector<PublishedCopy>& published_copies();

// Those that belong beside one of the measured rows.
std::vector<PublishedCopy> published_beside(const std::vector<CopyRow>& measured);

json::object to_json(const PublishedCopy& row);
PublishedCopy published_copy_from_json(const json::object& row);

}  // namespace chunkmark::record
