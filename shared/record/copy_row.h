// CopyRow: one cell of the copy study, measured: one storage operation of one engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "instrument/figures/copy_figures.h"

namespace chunkmark::record {

// Of runs without tracing.
struct Seconds {
  double median = 0, min = 0, max = 0;
  std::uint64_t repeat = 0;
  double processor = 0;  // of all threads, of the same calls; the median
};

// What there is of an engine for a newer Python than the one that it was measured in.
struct NewerVersion {
  std::string version, python;  // "3.4.2", "3.12": the oldest Python that it needs
};

struct CopyRow {
  std::string operation, filesystem, engine, format, codec, data, dtype;
  std::vector<std::uint64_t> shape, chunks, shards;  // empty: no shards
  std::string engine_version;
  json::object libraries;  // of an engine made of several: name to version, the engine first; "python" is among them
  std::optional<NewerVersion> newer;  // unset: as far as the locks know, this is the newest
  figures::CopyFigures figures;
  std::uint64_t stored_bytes = 0;
  std::optional<Seconds> seconds;  // unset: not timed
  std::optional<double> slope;     // extra heap bytes per byte of array, between two sizes; unset: not measured
  std::optional<bool> zero;        // by the contract; unset: not told
  std::string memory_by;           // how heap and resident bytes were found; empty: by the capture
  std::string capture, report;     // paths within the run's folder; empty: none
  // How the case ran, beside what the case itself says.
  std::string store_filesystem;
  std::string durability;
  unsigned threads = 0;

  // "write-local-zarr3-none-chunkmark": names the capture and the report.
  std::string name() const { return operation + "-" + filesystem + "-" + format + "-" + codec + "-" + engine; }
};

json::object to_json(const CopyRow& row);
CopyRow copy_row_from_json(const json::object& row);

}  // namespace chunkmark::record
