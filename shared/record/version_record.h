// VersionRecord: what one run of the transaction study measured, and where. Field by field as in versions.schema.json:
// a run record of another kind, with the same outside (run_record.h).
#pragma once

#include <string>
#include <vector>

#include "record/published_versions.h"
#include "record/run_record.h"
#include "record/version_row.h"

namespace chunkmark::record {

struct VersionSettings {
  std::string mode;
  std::uint64_t seed = 0;  // of the history
  std::string edges;       // of our engine's chunks without compression
  std::uint64_t reads = 0;
  std::uint64_t traced_transactions = 0;
  std::string store_filesystem;
};

struct VersionRecord {
  std::string id, created, host, version;
  Environment environment;
  VersionSettings settings;
  std::vector<VersionRow> results;
  std::vector<Failure> failures;
  std::vector<PublishedVersions> published;
};

const JsonSchema& versions_schema();

json::object to_json(const VersionRecord& record);

// `record` is one that read_run() has accepted, of the kind versions.
VersionRecord version_record_from_json(const json::object& record);

}  // namespace chunkmark::record
