// The memcpy family and its checked forms: every call is counted, those of 4 KiB and more are recorded with a stack.
//
// Copies that a library makes with its own loops, or that the compiler expands in place, pass no function and cannot
// be seen by any hook.

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/ring.h"

using chunkmark::trace::EventKind;

namespace {

using CopyFunction = void*(void*, const void*, size_t);

inline void copied(size_t bytes) {
  if (__builtin_expect(bytes < chunkmark::trace::kStackThresholdBytes, 1)) {
    chunkmark::trace::count_small_copy(bytes);
  } else if (const chunkmark::trace::Recording on; on) {
    chunkmark::trace::record_event(EventKind::kCopy, 0, bytes, true);
  }
}

// A copy before dlsym can be asked (the loader's own, dlsym's): one instruction, no call. Handles overlap.
void* plain_copy(void* to, const void* from, size_t bytes) {
  auto* target = static_cast<char*>(to);
  const auto* source = static_cast<const char*>(from);
  if (target <= source || target >= source + bytes) {
    for (size_t i = 0; i < bytes; ++i) {
      target[i] = source[i];
      asm volatile("" ::: "memory");  // keeps the compiler from making this a call of memcpy
    }
  } else {
    for (size_t i = bytes; i > 0; --i) {
      target[i - 1] = source[i - 1];
      asm volatile("" ::: "memory");
    }
  }
  return to;
}

CopyFunction* g_memcpy;
CopyFunction* g_memmove;
__thread bool t_resolving __attribute__((tls_model("initial-exec")));

__attribute__((noinline, cold)) void* resolve_and_copy(void* to, const void* from, size_t bytes) {
  if (!t_resolving) {
    t_resolving = true;
    auto* move = reinterpret_cast<CopyFunction*>(dlsym(RTLD_NEXT, "memmove"));
    __atomic_store_n(&g_memcpy, reinterpret_cast<CopyFunction*>(dlsym(RTLD_NEXT, "memcpy")), __ATOMIC_RELAXED);
    __atomic_store_n(&g_memmove, move, __ATOMIC_RELAXED);
    t_resolving = false;
    if (move != nullptr) return move(to, from, bytes);
  }
  return plain_copy(to, from, bytes);
}

inline void* real_copy(CopyFunction*& cached, void* to, const void* from, size_t bytes) {
  CopyFunction* function = __atomic_load_n(&cached, __ATOMIC_RELAXED);
  if (__builtin_expect(function == nullptr, 0)) return resolve_and_copy(to, from, bytes);
  return function(to, from, bytes);
}

inline void check(size_t bytes, size_t room) {
  if (__builtin_expect(bytes > room, 0)) __builtin_trap();  // as the C library's checked forms: the program is broken
}

}  // namespace

CHUNKMARK_HOOK void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept {
  copied(bytes);
  return real_copy(g_memcpy, to, from, bytes);
}

CHUNKMARK_HOOK void* memmove(void* to, const void* from, size_t bytes) noexcept {
  copied(bytes);
  return real_copy(g_memmove, to, from, bytes);
}

CHUNKMARK_HOOK void* mempcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept {
  copied(bytes);
  real_copy(g_memcpy, to, from, bytes);
  return static_cast<char*>(to) + bytes;
}

CHUNKMARK_HOOK void bcopy(const void* from, void* to, size_t bytes) noexcept {
  memmove(to, from, bytes);
}

CHUNKMARK_HOOK wchar_t* wmemcpy(wchar_t* __restrict to, const wchar_t* __restrict from, size_t count) noexcept {
  return static_cast<wchar_t*>(memcpy(to, from, count * sizeof(wchar_t)));
}

CHUNKMARK_HOOK wchar_t* wmemmove(wchar_t* to, const wchar_t* from, size_t count) noexcept {
  return static_cast<wchar_t*>(memmove(to, from, count * sizeof(wchar_t)));
}

CHUNKMARK_HOOK wchar_t* wmempcpy(wchar_t* __restrict to, const wchar_t* __restrict from, size_t count) noexcept {
  return static_cast<wchar_t*>(mempcpy(to, from, count * sizeof(wchar_t)));
}

// The names are the C library's. NOLINTBEGIN(bugprone-reserved-identifier)
CHUNKMARK_HOOK void* __mempcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept {
  return mempcpy(to, from, bytes);
}

CHUNKMARK_HOOK void* __memcpy_chk(void* to, const void* from, size_t bytes, size_t room) {
  check(bytes, room);
  return memcpy(to, from, bytes);
}

CHUNKMARK_HOOK void* __memmove_chk(void* to, const void* from, size_t bytes, size_t room) {
  check(bytes, room);
  return memmove(to, from, bytes);
}

CHUNKMARK_HOOK void* __mempcpy_chk(void* to, const void* from, size_t bytes, size_t room) {
  check(bytes, room);
  return mempcpy(to, from, bytes);
}

CHUNKMARK_HOOK wchar_t* __wmemcpy_chk(wchar_t* to, const wchar_t* from, size_t count, size_t room) {
  check(count, room);
  return wmemcpy(to, from, count);
}

CHUNKMARK_HOOK wchar_t* __wmemmove_chk(wchar_t* to, const wchar_t* from, size_t count, size_t room) {
  check(count, room);
  return wmemmove(to, from, count);
}

CHUNKMARK_HOOK wchar_t* __wmempcpy_chk(wchar_t* to, const wchar_t* from, size_t count, size_t room) {
  check(count, room);
  return wmempcpy(to, from, count);
}
// NOLINTEND(bugprone-reserved-identifier)
