// CopyFigures: what a capture says of one storage operation. The same code for every engine; source:
// architecture.md, section 4. Empty is what is not known: by a capture every figure but those of content is, by a
// page's own accounting of JavaScript few are.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/json.h"
#include "instrument/figures/extra_copies.h"
#include "instrument/figures/same_bytes.h"
#include "instrument/profile/capture_analysis.h"

namespace chunkmark::figures {

struct CopyFigures {
  std::uint64_t array_bytes = 0;
  bool array_seen = false;  // at begin or at the peak; without it nothing can be said about copies of it
  std::optional<std::uint64_t> extra_copies;  // buffers alive at the heap peak besides the array
  // Of these, what is proven to hold the array's bytes, and at the peak the bytes that were held more than once; empty
  // where no content was looked at.
  std::optional<std::uint64_t> proven_copies, bytes_duplicated;
  // (peak heap - array - heap at begin) / array. What an interpreter and its libraries hold before the operation begins
  // (140 MB of them, with OpenBLAS) is none of the operation's, and would count against some engines only.
  std::optional<double> extra_heap;
  std::optional<double> malloc_extra_heap;                               // the same of the allocation family alone
  std::optional<double> moved_user, moved_in, moved_out, moved_realloc;  // bytes moved / array bytes
  std::optional<std::int64_t> scratch_bytes;                             // peak heap - array - heap at begin
  std::optional<std::uint64_t> anonymous_bytes, file_bytes;              // resident peaks
  // What files had resident more at their peak than before the window: a program's own code and libraries are there
  // all the time and hide nothing, a file mapped by the operation is what this is to find.
  std::optional<std::uint64_t> file_growth_bytes;
  std::vector<profile::Site> sites;  // at the heap peak
  SameBytes same_bytes;              // what they hold
};

// extra_copies, proven_copies, bytes_duplicated, extra_heap, malloc_extra_heap, bytes_moved and scratch_bytes, by these
// names wherever they are told.
json::object to_json(const CopyFigures& figures);

// array_bytes: what the operation stores; not zero.
CopyFigures copy_figures(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes);

}  // namespace chunkmark::figures
