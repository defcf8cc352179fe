// The header of a memray capture: versions 10 (memray 1.7) to 13 (1.20).
//
// Numbers are those of the capturing machine; captures of 64-bit little-endian machines are read (no member says which
// it was). Source: memray's file format as it is documented by its own reader's behavior.
#pragma once

#include <string>

#include "instrument/import/stream_reader.h"

namespace chunkmark::imports {

struct MemrayHeader {
  std::int32_t version = 0;
  std::uint32_t python_version = 0;  // as PY_VERSION_HEX; 0 before version 12
  bool native_traces = false;
  bool aggregated = false;
  std::uint64_t records = 0;              // allocations and ends together
  std::int64_t start_ms = 0, end_ms = 0;  // since the epoch; equal where the process was killed
  std::string command_line;
  std::int32_t pid = 0;
  std::uint64_t main_tid = 0;
  std::uint64_t skipped_frames = 0;  // of the main thread, outermost

  bool has_code_objects() const { return version >= 12; }
  std::uint64_t duration_ms() const {
    return end_ms > start_ms ? static_cast<std::uint64_t>(end_ms) - static_cast<std::uint64_t>(start_ms) : 0;
  }
};

constexpr std::string_view kMemrayMagic{"memray\0", 7};

// Errors: kCorrupt; kUnsupported for other versions.
MemrayHeader read_memray_header(StreamReader& reader);

}  // namespace chunkmark::imports
