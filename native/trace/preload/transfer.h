// in, out: record bytes that a call moved from or to the kernel, if any, and pass its result on.
#pragma once

#include <sys/types.h>

#include "native/trace/preload/recorder.h"

namespace chunkmark::trace {

inline ssize_t moved(EventKind kind, ssize_t bytes) {
  if (bytes > 0) {
    if (const Recording on; on) record_event(kind, 0, static_cast<std::uint64_t>(bytes), true);
  }
  return bytes;
}
inline ssize_t in(ssize_t bytes) {
  return moved(EventKind::kTransferIn, bytes);
}
inline ssize_t out(ssize_t bytes) {
  return moved(EventKind::kTransferOut, bytes);
}

}  // namespace chunkmark::trace
