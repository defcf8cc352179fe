// CopyResult: one row of a copy study's run record. Field by field as in the record's schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "instrument/figures/copy_figures.h"
#include "study/copy_case.h"

namespace chunkmark::study {

struct CopyResult {
  CopyCase copy_case;
  std::string engine_version;
  json::object libraries;  // of an engine made of several: name to version, the engine first
  figures::CopyFigures figures;
  std::uint64_t stored_bytes = 0;
  std::vector<double> seconds;    // timed without tracing
  std::vector<double> processor;  // processor seconds of the same calls, of all threads
  std::optional<double> slope;    // extra heap bytes a byte of array, between two sizes; unset = not measured
  std::string capture, report;    // paths within the run's folder
  // How the case ran, beside what the case itself says.
  std::string store_filesystem;  // of the arrays' folder, as the kernel calls it: "ext4", "tmpfs"
  std::string durability;        // of our own writes
  unsigned threads = 0;

  // Whether the cell is zero by the contract; unset when nothing speaks against it but the slope was not measured, or
  // the array was not seen.
  std::optional<bool> zero() const;
};

// The middle one, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

json::object to_json(const CopyResult& result);

}  // namespace chunkmark::study
