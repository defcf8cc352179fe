// One history of the transaction study, replayed by an engine of this program and read back, with times.
#pragma once

#include <string>

#include "base/json.h"
#include "bytes/durability.h"
#include "study/version_history.h"

namespace chunkmark::cli {

struct VersionTask {
  std::string engine;  // chunkmark; hdf5: the C library, plain datasets without versions
  std::string workload;
  study::HistoryMode mode = study::HistoryMode::kPublished;
  std::uint64_t seed = 1, transactions = 50, chunk_size = 4096;
  std::string compression = "none", edges = "trim";
  std::string file;
  bytes::Durability durability = bytes::Durability::kNone;
  unsigned reads = 20;
};

json::object to_json(const VersionTask& task);
VersionTask version_task_from_json(const json::object& object);

// As study/peers/versions.py answers: seconds and processor seconds of each transaction, bytes of the file, times of
// reading, sha256 of each version's arrays. Errors: kUnsupported for what the engine has not.
json::object replay(const VersionTask& task);

// The sha256 of the arrays after each transaction, the first version included: what every engine must have.
std::vector<std::string> expected_digests(const VersionTask& task);

}  // namespace chunkmark::cli
