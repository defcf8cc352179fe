// VersionRow: one cell of the transaction study, measured: one engine's replay of one history of versions. Field by
// field as in versions.schema.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace chunkmark::record {

struct Milliseconds {
  double median = 0, min = 0, max = 0;
  std::uint64_t repeat = 0;
};

// Of one version, the mean of those traced.
struct BytesMoved {
  std::optional<double> user, in, out, realloc;
};

struct VersionRow {
  std::string workload, mode, engine, engine_version;
  json::object libraries;  // name to version, the engine first
  bool versioned = true;
  std::uint64_t transactions = 0, chunk_size = 0;
  std::string compression, durability;
  std::uint64_t file_bytes = 0;
  std::optional<std::uint64_t> metadata_bytes, padding_bytes;
  double creation_seconds = 0, creation_processor_seconds = 0;
  double mean_ms = 0, median_ms = 0, first_decile_ms = 0, last_decile_ms = 0;
  std::vector<double> per_version_ms;
  std::optional<double> read_all_seconds, open_all_seconds;
  std::optional<Milliseconds> read_latest_ms, read_first_ms, read_middle_ms, open_latest_ms;
  std::uint64_t traced_transactions = 0;
  std::optional<std::uint64_t> peak_heap_bytes;
  std::optional<BytesMoved> bytes_moved;
  std::string capture;  // path within the run's folder; empty: none was kept

  // "mostly_appends-50-4096-none-chunkmark", with the durability where there is one: names the capture.
  std::string name() const;
};

json::object to_json(const VersionRow& row);
VersionRow version_row_from_json(const json::object& object);

std::optional<Milliseconds> milliseconds_from_json(const json::object& object, std::string_view key);

}  // namespace chunkmark::record
