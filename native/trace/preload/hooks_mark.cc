// chunkmark_mark(name): a named moment, set by the traced program. Programs declare it weak, so that it is absent
// outside the tracer:   extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"

CHUNKMARK_HOOK void chunkmark_mark(const char* name) {
  if (const chunkmark::trace::Recording on; on) chunkmark::trace::record_mark(name);
}
