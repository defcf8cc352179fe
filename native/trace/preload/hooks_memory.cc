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

// dlsym allocates the first time it is called, which is while malloc itself is being looked up. Such blocks come from
// here, are never given back, and are not recorded.
alignas(16) char g_early[8192];
size_t g_early_used;
__thread bool t_resolving __attribute__((tls_model("initial-exec")));

void* early_allocate(size_t bytes) {
  const size_t at = __atomic_fetch_add(&g_early_used, (bytes + 15) / 16 * 16, __ATOMIC_RELAXED);
  return at + bytes <= sizeof g_early ? g_early + at : nullptr;
}

bool is_early(const void* block) {
  const auto* at = static_cast<const char*>(block);
  return at >= g_early && at < g_early + sizeof g_early;
}

// All allocation functions are looked up together, so that none is missing half-way.
struct NextAllocator {
  decltype(&::malloc) malloc;
  decltype(&::calloc) calloc;
  decltype(&::realloc) realloc;
  decltype(&::free) free;
  decltype(&::posix_memalign) posix_memalign;
  decltype(&::aligned_alloc) aligned_alloc;
  decltype(&::memalign) memalign;
  decltype(&::valloc) valloc;
  decltype(&::pvalloc) pvalloc;
};
NextAllocator g_next;
bool g_ready;

template <typename Function>
void look_up(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

__attribute__((noinline, cold)) bool resolve() {
  if (t_resolving) return false;
  t_resolving = true;
  NextAllocator next;
  look_up(next.malloc, "malloc");
  look_up(next.calloc, "calloc");
  look_up(next.realloc, "realloc");
  look_up(next.free, "free");
  look_up(next.posix_memalign, "posix_memalign");
  look_up(next.aligned_alloc, "aligned_alloc");
  look_up(next.memalign, "memalign");
  look_up(next.valloc, "valloc");
  look_up(next.pvalloc, "pvalloc");
  g_next = next;
  __atomic_store_n(&g_ready, true, __ATOMIC_RELEASE);
  t_resolving = false;
  return true;
}

// False only for the calls that dlsym makes while the allocator is being looked up.
inline bool ready() {
  return __builtin_expect(__atomic_load_n(&g_ready, __ATOMIC_ACQUIRE), 1) || resolve();
}

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
  if (!ready()) return early_allocate(bytes);
  return born(call(g_next.malloc, bytes), bytes);
}

CHUNKMARK_HOOK void* calloc(size_t count, size_t bytes) {
  if (!ready()) return early_allocate(count * bytes);  // static memory: zero already
  return born(call(g_next.calloc, count, bytes), count * bytes);
}

CHUNKMARK_HOOK void free(void* block) {
  if (block == nullptr || is_early(block) || !ready()) return;
  if (const Recording on; on) record_event(EventKind::kFree, reinterpret_cast<uint64_t>(block), 0, false);
  call(g_next.free, block);
}

CHUNKMARK_HOOK void* realloc(void* block, size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  if (is_early(block) || !ready()) {
    void* moved = malloc(bytes);
    if (moved != nullptr) {
      const size_t left = static_cast<size_t>(g_early + sizeof g_early - static_cast<char*>(block));
      memcpy(moved, block, bytes < left ? bytes : left);
    }
    return moved;
  }
  if (const Recording on; on) record_event(EventKind::kReallocFree, reinterpret_cast<uint64_t>(block), 0, false);
  void* moved = call(g_next.realloc, block, bytes);
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
  if (!ready()) return ENOMEM;
  const int failure = call(g_next.posix_memalign, out, alignment, bytes);
  if (failure == 0) born(*out, bytes);
  return failure;
}

CHUNKMARK_HOOK void* aligned_alloc(size_t alignment, size_t bytes) {
  return ready() ? born(call(g_next.aligned_alloc, alignment, bytes), bytes) : nullptr;
}

CHUNKMARK_HOOK void* memalign(size_t alignment, size_t bytes) {
  return ready() ? born(call(g_next.memalign, alignment, bytes), bytes) : nullptr;
}

CHUNKMARK_HOOK void* valloc(size_t bytes) {
  return ready() ? born(call(g_next.valloc, bytes), bytes) : nullptr;
}
CHUNKMARK_HOOK void* pvalloc(size_t bytes) {
  return ready() ? born(call(g_next.pvalloc, bytes), bytes) : nullptr;
}
