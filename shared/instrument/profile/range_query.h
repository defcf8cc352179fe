// Range queries: what a stretch of time weighs, by stack. Pure functions over columns.
//
// The one part of the analysis that the page computes too (web/src/profile/range.ts), so that a report needs no
// WebAssembly; tests/golden/range holds both to the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "instrument/profile/columns.h"

namespace chunkmark::profile {

enum class Mode {
  kPeak,         // alive at the range's heap peak: the first instant with the highest sum, `from` itself included
  kLive,         // alive at `to`
  kAllocated,    // born within the range
  kCopied,       // copied in user space within the range
  kTransferred,  // moved to and from the kernel within the range
};

// "peak", "live", "allocated", "copied", "transferred"; empty for any other.
std::optional<Mode> parse_mode(std::string_view name);

struct RangeQuery {
  Mode mode = Mode::kPeak;
  std::uint32_t from = 0, to = 0;     // ticks, both included
  std::vector<std::uint8_t> threads;  // 1 for each thread that counts; empty: all do
};

struct Selection {
  std::int64_t at = -1;  // the instant that peak and live speak of
  std::uint64_t bytes = 0, blocks = 0;
  std::vector<std::uint64_t> self_bytes, self_blocks;  // by stack
};

// `stacks`: how many stack nodes there are. Linear in the rows, after a sort of the ends for a peak.
Selection select(const Columns& columns, std::size_t stacks, const RangeQuery& query);

}  // namespace chunkmark::profile
