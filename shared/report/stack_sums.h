// StackSums: of each stack, as people see it, what an export tells of it. Only what the capture knows.
#pragma once

#include <cstdint>
#include <vector>

#include "instrument/profile/capture_analysis.h"
#include "instrument/profile/display_tree.h"

namespace chunkmark::report {

struct SumKind {
  const char* name;        // "heap peak"
  const char* unit;        // "bytes", "count"
  const char* short_name;  // "peak_bytes"
};

struct StackSum {
  std::vector<std::uint32_t> frames;  // of `StackSums::frames`, outermost first; never empty
  std::vector<std::uint64_t> values;  // by kind
};

struct StackSums {
  std::vector<profile::DisplayFrame> frames;
  std::vector<SumKind> kinds;
  std::vector<StackSum> stacks;  // those that have any value, largest first
};

StackSums stack_sums(const profile::CaptureAnalysis& capture);

}  // namespace chunkmark::report
