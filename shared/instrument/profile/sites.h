// Sites: live bytes grouped by call site.
//
// Call site = the innermost Python frame together with the native leaf where there is Python, else the innermost frame
// outside allocator and runtime libraries. Many small blocks of one site are one buffer: a network library's thousands
// of 30 KB blocks hold a copy just as one big block does. Source: architecture.md, section 4.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "instrument/capture/stack_tree.h"
#include "instrument/profile/analysis.h"

namespace chunkmark::profile {

struct Site {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_before = 0;  // of these sites' bytes, what was alive when the window began
  std::uint64_t blocks = 0;
  std::uint64_t shared_bytes = 0;                          // of these sites' bytes, pages of shared memory
  std::uint64_t mapped_bytes = 0;                          // of these sites' bytes, mappings that count whole
  std::uint64_t large_bytes = 0, large_touched_bytes = 0;  // of its large blocks; see StackTotals
  std::uint32_t stack = 0;  // the node that grew most within the window; of those that grew alike, the largest

  // What counts: what the window added.
  std::uint64_t grown() const { return bytes - std::min(bytes, bytes_before); }
};

// The call site that a stack belongs to, as text.
std::string site_name(const capture::StackTree& tree, std::uint32_t node);

// What was alive at the heap peak, largest first.
std::vector<Site> sites_at_peak(const Analysis& analysis, const capture::StackTree& tree);

}  // namespace chunkmark::profile
