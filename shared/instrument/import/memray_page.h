// MemrayPage: what an HTML report of memray holds: its data, located in the page's script and parsed, never executed.
//
// Flame graphs (memray 1.7 and later), temporal ones, tables; at the heap peak or of leaks. Owns all. Errors: kCorrupt,
// naming the offset; kUnsupported for the nested data of memray 1.0 to 1.6.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::imports {

struct MemrayNodes {
  std::vector<std::int64_t> function, file, line;  // function, file: indices into strings
  std::vector<std::int64_t> bytes, blocks;         // with all below; empty in a temporal report
  std::vector<std::int64_t> parent;                // -1: the root, or a node that nobody names
};

// Of a temporal report: a leaf's share of the high-water mark of the snapshots [first, end); of a report of leaks,
// blocks that lived from one snapshot to the other.
struct MemrayInterval {
  std::int64_t first, end;  // end -1: to the last
  std::int64_t node, blocks, bytes;
};

struct MemrayTableRow {
  std::string frame;  // "function at file:line"
  std::int64_t blocks = 0, bytes = 0;
};

struct MemrayMoment {
  std::int64_t ms, resident_bytes, heap_bytes;  // ms since the epoch
};

struct MemrayPage {
  std::string title, command_line;
  std::optional<std::uint64_t> duration_ms, records;
  std::vector<std::string> strings;
  MemrayNodes nodes;
  bool temporal = false, table = false, has_high_water = false;
  std::vector<MemrayInterval> intervals;
  std::vector<std::int64_t> high_water;  // bytes by snapshot
  std::vector<MemrayTableRow> rows;
  std::vector<MemrayMoment> moments;

  bool is_of_leaks() const { return title.find("memory leaks") != std::string::npos; }
};

bool is_memray_page(ByteView file);
MemrayPage read_memray_page(ByteView file, const std::string& name);

// "&lt;module&gt;" -> "<module>".
std::string plain_text(std::string_view html);

}  // namespace chunkmark::imports
