// chunkmark_mark(name): a named moment, set by the traced program. Programs declare it weak, so that it is absent
// outside the tracer:   extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/transfer.h"

static void tell_gathered() {
  chunkmark::trace::record_transfer(chunkmark::trace::EventKind::kTransferIn, 0);
  chunkmark::trace::record_transfer(chunkmark::trace::EventKind::kTransferOut, 0);
}

CHUNKMARK_HOOK void chunkmark_mark(const char* name) {
  using namespace chunkmark::trace;
  if (const Recording on; on) {
    tell_gathered();
    record_mark(name);
  }
}

namespace {
__attribute__((destructor)) void tell_at_end() {
  if (const chunkmark::trace::Recording on; on) tell_gathered();
}
}  // namespace
