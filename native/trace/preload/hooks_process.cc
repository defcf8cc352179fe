// What a program does to itself that the recorder must know of.

#include <linux/seccomp.h>

#include "native/trace/clock.h"
#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/stacks.h"

using chunkmark::trace::t_state;

// Known before it holds, and until it no longer does.
CHUNKMARK_HOOK int pthread_setcanceltype(int type, int* before) {
  if (type == PTHREAD_CANCEL_ASYNCHRONOUS) t_state.asynchronous = true;
  const int failure = NEXT(pthread_setcanceltype)(type, before);
  if (type == PTHREAD_CANCEL_DEFERRED) t_state.asynchronous = false;
  return failure;
}

CHUNKMARK_HOOK int prctl(int option, ...) noexcept {
  va_list rest;
  va_start(rest, option);
  unsigned long arguments[4];
  for (unsigned long& argument : arguments) argument = va_arg(rest, unsigned long);
  va_end(rest);
  const bool confines = option == PR_SET_SECCOMP, is_strict = confines && arguments[0] == SECCOMP_MODE_STRICT;
  const bool was_confined = t_state.confined;
  if (confines) t_state.confined = true;
  if (is_strict) t_state.last_ticks = chunkmark::trace::read_ticks();
  const int failure = NEXT(prctl)(option, arguments[0], arguments[1], arguments[2], arguments[3]);
  if (confines && failure != 0) {
    t_state.confined = was_confined;
    t_state.last_ticks = 0;
  }
  return failure;
}

CHUNKMARK_HOOK int dlclose(void* library) noexcept {
  const int failure = NEXT(dlclose)(library);
  chunkmark::trace::note_unload();
  return failure;
}
