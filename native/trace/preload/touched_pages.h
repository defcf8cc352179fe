// What of its own memory this process touched, where a moment later is too late to ask: before it is unmapped or given
// back, before the process exits, and at marks. Inside begin_recording/end_recording only.
// Nothing is done in a process that never had a large mapping or block.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

// Records which pages of the range are in memory now. Source: mincore(2), which takes 0.4 ms per GiB.
void record_touched(std::uint64_t begin, std::uint64_t bytes);
// Records that the range's pages are given back; `of_object`: those of a shared object too.
void record_discard(std::uint64_t begin, std::uint64_t bytes, bool of_object);
// Waits until the launcher has looked at all pages, at most a second.
void await_look();

}  // namespace chunkmark::trace
