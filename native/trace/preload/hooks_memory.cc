// The allocation family.
//
// Order matters to the reader: a block's end is recorded before it is given back, its birth after it was obtained, so
// that no other thread's record of the same address can stand in between.

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"

using chunkmark::trace::EventKind;
using chunkmark::trace::record_event;
using chunkmark::trace::Recording;
using chunkmark::trace::t_state;

namespace {

// Calls an allocation function.
template <typename Function, typename... Arguments>
inline auto call(Function function, Arguments... arguments) {
  struct Inside {
    bool before = t_state.in_allocator;
    Inside() { t_state.in_allocator = true; }
    ~Inside() { t_state.in_allocator = before; }
  } const inside;
  return function(arguments...);
}

inline void* born(void* block, size_t bytes) {
  if (block != nullptr) {
    if (const Recording on; on) {
      record_event(EventKind::kAllocate, reinterpret_cast<uint64_t>(block), bytes, true);
    }
  }
  return block;
}

}  // namespace

CHUNKMARK_HOOK void* malloc(size_t bytes) {
  return born(call(NEXT(malloc), bytes), bytes);
}

CHUNKMARK_HOOK void* calloc(size_t count, size_t bytes) {
  return born(call(NEXT(calloc), count, bytes), count * bytes);
}

CHUNKMARK_HOOK void free(void* block) {
  if (block == nullptr) return;
  if (const Recording on; on) record_event(EventKind::kFree, reinterpret_cast<uint64_t>(block), 0, false);
  call(NEXT(free), block);
}

CHUNKMARK_HOOK void* realloc(void* block, size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  if (const Recording on; on) record_event(EventKind::kReallocFree, reinterpret_cast<uint64_t>(block), 0, false);
  void* moved = call(NEXT(realloc), block, bytes);
  // realloc(block, 0) frees and returns null: that is not a failure.
  if (moved != nullptr || bytes != 0) {
    if (const Recording on; on) {
      record_event(EventKind::kReallocAllocate, reinterpret_cast<uint64_t>(moved), bytes, true);
    }
  }
  return moved;
}

CHUNKMARK_HOOK void* reallocarray(void* block, size_t count, size_t bytes) {
  size_t total;
  if (__builtin_mul_overflow(count, bytes, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(block, total);
}

CHUNKMARK_HOOK int posix_memalign(void** out, size_t alignment, size_t bytes) {
  const int failure = call(NEXT(posix_memalign), out, alignment, bytes);
  if (failure == 0) born(*out, bytes);
  return failure;
}

CHUNKMARK_HOOK void* aligned_alloc(size_t alignment, size_t bytes) {
  return born(call(NEXT(aligned_alloc), alignment, bytes), bytes);
}

CHUNKMARK_HOOK void* memalign(size_t alignment, size_t bytes) {
  return born(call(NEXT(memalign), alignment, bytes), bytes);
}

CHUNKMARK_HOOK void* valloc(size_t bytes) {
  return born(call(NEXT(valloc), bytes), bytes);
}

CHUNKMARK_HOOK void* pvalloc(size_t bytes) {
  return born(call(NEXT(pvalloc), bytes), bytes);
}
