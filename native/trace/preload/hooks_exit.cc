// The ways out of a process that run no destructors.

#include <stdlib.h>
#include <unistd.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"

CHUNKMARK_HOOK void _exit(int status) {
  if (const chunkmark::trace::Recording on; on) chunkmark::trace::record_exit();
  NEXT(_exit)(status);
  __builtin_unreachable();
}

CHUNKMARK_HOOK void _Exit(int status) noexcept {
  _exit(status);
}
