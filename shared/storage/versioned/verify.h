// Verify: looks at everything in a versioned file, and says what is damaged, what the next upstream commit would
// destroy, what was left behind, and what can be recovered.
//
// Every chunk that a version uses is decoded and hashed once. Findings are values in the order they were met; the file
// is never changed. Memory: the tables (a row and a list of users a chunk), one chunk.
// Sources: the format's own rules, and the failures that upstream's users reported (rows missing from hash tables after
// rebuild_hashtables, merged mappings that mode r+ reads as fill values, leftovers of crashed writers).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

enum class Severity : std::uint8_t {
  kNotice,  // takes space, or is unusual; nothing is wrong
  kRisk,    // contents are complete, but the next write by upstream would damage them, or mode r+ misreads them
  kDamage,  // contents are wrong or unreadable
};

struct Finding {
  Severity severity;
  std::string code;         // "missing_row", "hash_mismatch" ...: stable, for programs
  std::string object;       // a path in the file, or "version NAME"
  std::string message;      // what was expected and found
  std::string recoverable;  // what can be done; empty: nothing needs to
};

struct VerifyReport {
  std::vector<Finding> findings;
  std::uint64_t versions = 0, datasets = 0, raw_datasets = 0, rows = 0, chunks_hashed = 0, chunks_unhashed = 0;
  std::vector<std::string> intact_versions, damaged_versions;

  bool sound() const;  // neither damage nor risk
};

VerifyReport verify(VersionedFile& file);
json::object finding_json(const Finding& finding);
json::object verify_json(const VerifyReport& report);
const char* severity_name(Severity severity);

}  // namespace chunkmark::versioned
