// How many buffers of the array's size an operation held besides the array itself. Pure functions of an Analysis.
// Source: README, "How to read the figures"; it reproduces 25 of memray-array's 26 published cells.
#pragma once

#include <cstdint>
#include <vector>

#include "instrument/profile/sites.h"

namespace chunkmark::figures {

// Buffers of about array_bytes or more that came to life within the window: the sum over the sites of
// floor(grown / array_bytes + 0.2). What was there before (a linear algebra library's work space of
// 134 MB, say) is not the operation's.
// 0.2 lies in the middle of what reproduces memray-array's published tables (0.107 to 0.270): a compressed copy of
// random floats, 0.88 of the array, counts; parts in flight to an object store, 0.75 of it, do not.
std::uint64_t count_buffers(const std::vector<profile::Site>& sites, std::uint64_t array_bytes);

// True if the array itself was already alive when the window began, as it is for a write: a stack then held its size,
// or up to 1 % more. Otherwise it is made within the window, and is one of the buffers.
bool is_array_alive_at_begin(const profile::Analysis& analysis, std::uint64_t array_bytes);

// count_buffers(), less the array where it is one of them.
std::uint64_t count_extra_copies(const profile::Analysis& analysis, const std::vector<profile::Site>& sites,
                                 std::uint64_t array_bytes);

}  // namespace chunkmark::figures
