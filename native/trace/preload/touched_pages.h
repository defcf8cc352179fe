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
// The same before a large range goes, so that the heap's peak is known for all memory and not for that range alone; at
// most once in 20 ms, since a wait takes up to half a millisecond. In between, what else was touched is known as of
// the launcher's last look.
void await_look_before_loss(std::uint64_t bytes);

}  // namespace chunkmark::trace
