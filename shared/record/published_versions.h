// What others have published of the transaction study: facts with their source and date, shown beside measured rows.
// Source: the data behind the figures of versioned-hdf5's analysis (published_versions.json).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "record/version_row.h"

namespace chunkmark::record {

struct PublishedVersions {
  std::string source, url, published, note;  // who, where, when; with what
  std::string workload;
  bool versioned = true;
  std::uint64_t transactions = 0, chunk_size = 0;
  std::string compression;
  std::uint64_t file_bytes = 0;
  double creation_seconds = 0, first_decile_ms = 0, last_decile_ms = 0;

  // Whether it is of the same workload, chunks and compression: any number of transactions, since charts show those in
  // one line. What they ran is the mode "published"; beside the other it would be of another history.
  bool is_beside(const VersionRow& measured) const;
};

const std::vector<PublishedVersions>& published_versions();

// Those that belong beside one of the measured rows.
std::vector<PublishedVersions> published_beside(const std::vector<VersionRow>& measured);

json::object to_json(const PublishedVersions& row);
PublishedVersions published_versions_from_json(const json::object& object);

}  // namespace chunkmark::record
