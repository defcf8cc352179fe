// RunRecord: what one run of a study measured, and where. Field by field as in run.schema.json, which is the definition
// for whoever writes and reads records, C++ and TypeScript.
//
// A member that is added keeps the number of the schema; the number rises when an older reader would take one for
// something else. A reader of structs leaves what a record of an earlier version does not say at its default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "record/copy_row.h"
#include "record/json_schema.h"
#include "record/published_copies.h"

namespace chunkmark::record {

struct Environment {
  std::string cpu;
  unsigned cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string os, compiler;
  json::object libraries;  // name to version
  std::string resident;    // what resident bytes are, where they are not the kernel's figure; empty: they are
};

struct Settings {
  std::vector<std::uint64_t> shape, chunks, shards;  // empty: no shards
  std::string dtype, data;
  unsigned threads = 0;
  std::string durability;  // of our own writes
  unsigned repeat = 0;     // timed rounds
  bool slope = false;
  std::string store_filesystem;  // of the arrays' folder, as the kernel calls it: "ext4", "tmpfs"
};

// A case that could not be measured.
struct Failure {
  std::string case_name, message;
};

struct RunRecord {
  std::string id, kind = "copies";
  std::string created;  // UTC
  std::string host;     // native, wasm
  std::string version;
  Environment environment;
  Settings settings;
  std::vector<CopyRow> results;
  std::vector<Failure> failures;
  std::vector<PublishedCopy> published;
};

const JsonSchema& run_schema();

json::object to_json(const Environment& environment);
Environment environment_from_json(const json::object& object);
json::array to_json(const std::vector<Failure>& failures);
std::vector<Failure> failures_from_json(const json::object& record);

json::object to_json(const RunRecord& record);

// `record` is one that read_run() has accepted, of the kind copies.
RunRecord run_record_from_json(const json::object& record);

// The other kind of run, of the transaction study (version_record.h).
inline constexpr char kVersionsKind[] = "versions";
std::string kind_of(const json::object& record);

// A record's text as an object that the schema of its kind has accepted; members that are not known here stay. `name`
// is for messages. Errors: kCorrupt; kUnsupported if the record is of another schema or kind, naming both.
json::object read_run(std::string_view text, const std::string& name);

}  // namespace chunkmark::record
