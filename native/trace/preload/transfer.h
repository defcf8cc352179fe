// in, out: record bytes that a call moved from or to the kernel, if any, and pass its result on.
// in_characters, out_characters: the same of single characters, which are gathered: an event for each of them would
// cost the program more than its own work. The thread's next event of the kind takes them along, as do a mark and the
// end.
#pragma once

#include <sys/types.h>

#include "native/trace/preload/recorder.h"

namespace chunkmark::trace {

inline std::uint32_t& gathered(EventKind kind) {
  return kind == EventKind::kTransferIn ? t_state.gathered_in : t_state.gathered_out;
}

// Inside begin_recording/end_recording only.
inline void record_transfer(EventKind kind, std::uint64_t bytes) {
  bytes += gathered(kind);
  gathered(kind) = 0;
  if (bytes > 0) record_event(kind, 0, bytes, true);
}

inline ssize_t moved(EventKind kind, ssize_t bytes) {
  if (bytes > 0) {
    if (const Recording on; on) record_transfer(kind, static_cast<std::uint64_t>(bytes));
  }
  return bytes;
}
inline ssize_t in(ssize_t bytes) {
  return moved(EventKind::kTransferIn, bytes);
}
inline ssize_t out(ssize_t bytes) {
  return moved(EventKind::kTransferOut, bytes);
}

inline void moved_characters(EventKind kind, std::uint32_t bytes) {
  constexpr std::uint32_t kMaxGathered = 4096;
  if (t_state.busy) return;
  gathered(kind) += bytes;
  if (gathered(kind) < kMaxGathered) return;
  if (const Recording on; on) record_transfer(kind, 0);
}
inline void in_characters(std::uint32_t bytes) {
  moved_characters(EventKind::kTransferIn, bytes);
}
inline void out_characters(std::uint32_t bytes) {
  moved_characters(EventKind::kTransferOut, bytes);
}

}  // namespace chunkmark::trace
