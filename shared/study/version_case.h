// VersionCase: one cell of the transaction study: which history of versions is replayed by which engine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "study/version_history.h"

namespace chunkmark::study {

struct VersionCase {
  std::string engine = "chunkmark";  // or another of version_engines()
  std::string workload = "small_fraction_changes";
  HistoryMode mode = HistoryMode::kPublished;
  std::uint64_t seed = 1, transactions = 50, chunk_size = 4096;
  std::string compression = "none";
  std::string edges = "trim";       // of our chunks without compression: none, trim, deflate
  std::string durability = "none";  // of a commit, for an engine that has a choice
  std::uint64_t reads = 20;         // of one version

  // As VersionRow::name().
  std::string name() const;
};

std::string mode_name(HistoryMode mode);

// Round trip through JSON: how a case travels to the process that runs it. Errors: kInvalidArgument.
json::object to_json(const VersionCase& version_case);
VersionCase version_case_from_json(const json::object& object);

}  // namespace chunkmark::study
