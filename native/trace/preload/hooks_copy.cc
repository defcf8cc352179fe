// The memcpy family and its checked forms: every call is counted, those of 4 KiB and more are recorded with a stack.
//
// A buffer that is copied onto itself (as a view that is asked for its own bytes does) moves nothing and is not
// counted. Copies that a library makes with its own loops, or that the compiler expands in place, pass no function and
// cannot be seen by any hook.

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/ring.h"

namespace {

inline void copied(const void* to, const void* from, size_t bytes) {
  if (__builtin_expect(to == from, 0)) return;
  if (__builtin_expect(bytes < chunkmark::trace::kStackThresholdBytes, 1)) {
    chunkmark::trace::count_small_copy(bytes);
  } else if (const chunkmark::trace::Recording on; on) {
    chunkmark::trace::record_copy(reinterpret_cast<uint64_t>(to), reinterpret_cast<uint64_t>(from), bytes);
  }
}

inline void check(size_t bytes, size_t room) {
  if (__builtin_expect(bytes > room, 0)) __builtin_trap();  // as the C library's checked forms: the program is broken
}

}  // namespace

CHUNKMARK_HOOK void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept {
  copied(to, from, bytes);
  return NEXT(memcpy)(to, from, bytes);
}

CHUNKMARK_HOOK void* memmove(void* to, const void* from, size_t bytes) noexcept {
  copied(to, from, bytes);
  return NEXT(memmove)(to, from, bytes);
}

CHUNKMARK_HOOK void* mempcpy(void* __restrict to, const void* __restrict from, size_t bytes) noexcept {
  copied(to, from, bytes);
  NEXT(memcpy)(to, from, bytes);
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
