// Sites: live bytes grouped by call site, and the count of extra copies that follows from them.
//
// Call site = the innermost Python frame together with the native leaf where there is Python, else the innermost frame
// outside allocator and runtime libraries. Many small blocks of one site are one buffer: a network library's thousands
// of 30 KB blocks hold a copy just as one big block does. Source: architecture.md, section 4.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "profile/analysis.h"
#include "profile/stack_tree.h"

namespace chunkmark::profile {

struct Site {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_before = 0;  // of these sites' bytes, what was alive when the window began
  std::uint64_t blocks = 0;
  std::uint32_t stack = 0;  // the node that grew most within the window; of those that grew alike, the largest

  // What counts: what the window added.
  std::uint64_t grown() const { return bytes - std::min(bytes, bytes_before); }
};

// The call site that a stack belongs to, as text.
std::string site_name(const StackTree& tree, std::uint32_t node);

// What was alive at the heap peak, largest first.
std::vector<Site> sites_at_peak(const Analysis& analysis, const StackTree& tree);

// Buffers of about array_bytes or more that came to life within the window: the sum over the sites of
// floor(grown / array_bytes + 0.2). What was there before (a linear algebra library's work space of
// 134 MB, say) is not the operation's.
// 0.2 lies in the middle of what reproduces memray-array's published tables (0.107 to 0.270): a compressed copy of
// random floats, 0.88 of the array, counts; parts in flight to an object store, 0.75 of it, do not.
std::uint64_t buffers(const std::vector<Site>& sites, std::uint64_t array_bytes);

// True if the array itself was already alive when the window began, as it is for a write: a stack then held its size,
// or up to 1 % more. Otherwise it is made within the window, and is one of the buffers.
bool array_alive_at_begin(const Analysis& analysis, std::uint64_t array_bytes);

// buffers(), less the array where it is one of them.
std::uint64_t extra_copies(const Analysis& analysis, const std::vector<Site>& sites, std::uint64_t array_bytes);

}  // namespace chunkmark::profile
