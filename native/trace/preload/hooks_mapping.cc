// Anonymous mappings that can be written, and shared ones of files that are memory (tmpfs, memfd). A reservation
// without access costs nothing until mprotect gives access to it. What of a mapping is touched is the launcher's to
// find out (touched_memory.h); before pages go, these hooks record which of them there were.
//
// Approximations: a mapping made read-only stays counted; a shared one of a file that mremap moves is lost. Mappings
// that the C library makes for itself (thread stacks, its heaps) pass no hook: the blocks in them are counted, the room
// around them is not. mremap is recorded when it is done, so that a mapping that another thread made at the old place
// in that very moment would be taken for the old one.

#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "native/trace/preload/mappings.h"
#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/touched_pages.h"

using chunkmark::trace::await_look_before_loss;
using chunkmark::trace::EventKind;
using chunkmark::trace::for_each_mapping;
using chunkmark::trace::Mapping;
using chunkmark::trace::record_discard;
using chunkmark::trace::record_event;
using chunkmark::trace::record_shared_map;
using chunkmark::trace::record_touched;
using chunkmark::trace::Recording;
using chunkmark::trace::t_state;

namespace {

// An allocator's own mappings are not: one that stands before the C library's calls these hooks for its room. Nor are
// those that it makes of a call that came through a hook before: tcmalloc's mmap calls syscall.
bool is_counted() {
  return !t_state.in_allocator && !t_state.in_mapping;
}

template <typename Next, typename... Arguments>
auto forward(Next next, Arguments... arguments) {
  const bool before = t_state.in_mapping;
  t_state.in_mapping = true;
  const auto result = next(arguments...);
  t_state.in_mapping = before;
  return result;
}

template <typename Result, long kNumber, typename... Arguments>
Result by_syscall(Arguments... arguments) {
  return (Result)NEXT(syscall)(kNumber, arguments...);  // NOLINT(google-readability-casting): a number or an address
}

uint64_t number(const void* address) {
  return reinterpret_cast<uint64_t>(address);
}

// The parts of a range that mprotect is about to give access to.
struct Reserved {
  static constexpr int kMaxParts = 32;  // more are not counted
  Mapping parts[kMaxParts];
  int count = 0;

  static void add(const Mapping& mapping, void* context) {
    auto& reserved = *static_cast<Reserved*>(context);
    if (mapping.anonymous && !mapping.accessible && reserved.count < kMaxParts) {
      reserved.parts[reserved.count++] = mapping;
    }
  }
};

void note_counted(const Mapping& mapping, void* context) {
  if (mapping.anonymous && mapping.accessible) *static_cast<bool*>(context) = true;
}

// What is touched in the range, before it goes.
void record_loss(const void* at, size_t bytes) {
  await_look_before_loss(bytes);
  record_touched(number(at), bytes);
}

}  // namespace

template <typename Next>
static void* map_hook(Next next, void* at, size_t bytes, int protection, int flags, int file, off_t offset) {
  if ((flags & MAP_FIXED) != 0) {
    if (const Recording on(is_counted()); on) record_loss(at, bytes);
  }
  void* mapped = forward(next, at, bytes, protection, flags, file, offset);
  if (mapped == MAP_FAILED) return mapped;
  const bool anonymous = (flags & MAP_ANONYMOUS) != 0, writable = (protection & PROT_WRITE) != 0;
  const bool shared = writable && ((flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE);
  const bool counts = anonymous && writable && !shared;
  // Whatever else is put in the place of counted memory ends it: that is how arenas give memory back.
  const bool replaces = !counts && (flags & MAP_FIXED) != 0;
  if (counts || replaces || shared) {
    if (const Recording on(is_counted()); on) {
      if (replaces) record_event(EventKind::kUnmap, number(mapped), bytes, true);
      if (counts) record_event(EventKind::kMap, number(mapped), bytes, true);
      if (shared) record_shared_map(number(mapped), bytes, anonymous ? -1 : file, static_cast<uint64_t>(offset));
      if ((flags & MAP_POPULATE) != 0) record_touched(number(mapped), bytes);
    }
  }
  return mapped;
}

template <typename Next>
static int unmap_hook(Next next, void* at, size_t bytes) {
  if (const Recording on(is_counted()); on) {
    record_loss(at, bytes);
    record_event(EventKind::kUnmap, number(at), bytes, true);
  }
  return forward(next, at, bytes);
}

// Pages that are given back lazily (MADV_FREE) are the process's until the kernel takes them.
template <typename Next>
static int advise_hook(Next next, void* at, size_t bytes, int advice) {
  constexpr int kDontNeedLocked = 24;  // not in the C library's headers of Debian 12
  const bool discards = advice == MADV_DONTNEED || advice == MADV_REMOVE || advice == kDontNeedLocked;
  if (discards) {
    if (const Recording on(is_counted()); on) record_loss(at, bytes);
  }
  const int failure = forward(next, at, bytes, advice);
  if (discards && failure == 0) {
    if (const Recording on(is_counted()); on) record_discard(number(at), bytes, advice == MADV_REMOVE);
  }
  return failure;
}

template <typename Next>
static void* remap_hook(Next next, void* old, size_t old_bytes, size_t new_bytes, int flags, void* target) {
  bool counts = false;
  if (const Recording on(is_counted()); on) {
    for_each_mapping(number(old), number(old) + old_bytes, note_counted, &counts);
    record_loss(old, old_bytes);
    if (target != nullptr) record_loss(target, new_bytes);
  }
  void* moved = forward(next, old, old_bytes, new_bytes, flags, target);
  if (moved == MAP_FAILED) return moved;
  if (const Recording on(is_counted()); on) {
    record_event(EventKind::kUnmap, number(old), old_bytes, true);
    if (counts || target != nullptr) {  // what lay at a fixed target is gone
      record_event(counts ? EventKind::kMap : EventKind::kUnmap, number(moved), new_bytes, true);
      if (counts) record_touched(number(moved), new_bytes);
    }
  }
  return moved;
}

template <typename Next>
static int protect_hook(Next next, void* at, size_t bytes, int protection) {
  Reserved reserved;
  if ((protection & PROT_WRITE) != 0) {
    if (const Recording on(is_counted()); on)
      for_each_mapping(number(at), number(at) + bytes, Reserved::add, &reserved);
  }
  const int failure = forward(next, at, bytes, protection);
  if (failure != 0) return failure;
  if (const Recording on(is_counted()); on) {
    if (protection == PROT_NONE) record_event(EventKind::kUnmap, number(at), bytes, true);
    for (int i = 0; i < reserved.count; ++i) {
      record_event(EventKind::kMap, reserved.parts[i].begin, reserved.parts[i].end - reserved.parts[i].begin, true);
    }
  }
  return failure;
}

CHUNKMARK_HOOK void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  return map_hook(NEXT(mmap), at, bytes, protection, flags, file, offset);
}

CHUNKMARK_HOOK void* mmap64(void* at, size_t bytes, int protection, int flags, int file, off64_t offset) noexcept {
  return map_hook(NEXT(mmap64), at, bytes, protection, flags, file, offset);
}

CHUNKMARK_HOOK int munmap(void* at, size_t bytes) noexcept {
  return unmap_hook(NEXT(munmap), at, bytes);
}

CHUNKMARK_HOOK int madvise(void* at, size_t bytes, int advice) noexcept {
  return advise_hook(NEXT(madvise), at, bytes, advice);
}

CHUNKMARK_HOOK int mprotect(void* at, size_t bytes, int protection) noexcept {
  return protect_hook(NEXT(mprotect), at, bytes, protection);
}

CHUNKMARK_HOOK void* mremap(void* old, size_t old_bytes, size_t new_bytes, int flags, ...) noexcept {
  va_list rest;
  va_start(rest, flags);
  void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  return remap_hook(NEXT(mremap), old, old_bytes, new_bytes, flags, target);
}

// Some programs map their heaps so (SBCL). What it does besides is not looked at.
CHUNKMARK_HOOK long syscall(long what, ...) noexcept {
  long words[6];  // those that the call does not have are whatever lies there: nobody looks at them
  va_list rest;
  va_start(rest, what);
  for (long& word : words) word = va_arg(rest, long);
  va_end(rest);
  void* at = reinterpret_cast<void*>(words[0]);
  const auto bytes = static_cast<size_t>(words[1]);
  const int third = static_cast<int>(words[2]), fourth = static_cast<int>(words[3]);
  switch (what) {
    case SYS_mmap: {
      const auto next = by_syscall<void*, SYS_mmap, void*, size_t, int, int, int, off_t>;
      return reinterpret_cast<long>(map_hook(next, at, bytes, third, fourth, static_cast<int>(words[4]), words[5]));
    }
    case SYS_mremap: {
      const auto next = by_syscall<void*, SYS_mremap, void*, size_t, size_t, int, void*>;
      void* target = (fourth & MREMAP_FIXED) != 0 ? reinterpret_cast<void*>(words[4]) : nullptr;
      return reinterpret_cast<long>(remap_hook(next, at, bytes, static_cast<size_t>(words[2]), fourth, target));
    }
    case SYS_munmap:
      return unmap_hook(by_syscall<int, SYS_munmap, void*, size_t>, at, bytes);
    case SYS_mprotect:
      return protect_hook(by_syscall<int, SYS_mprotect, void*, size_t, int>, at, bytes, third);
    case SYS_madvise:
      return advise_hook(by_syscall<int, SYS_madvise, void*, size_t, int>, at, bytes, third);
    default:
      return NEXT(syscall)(what, words[0], words[1], words[2], words[3], words[4], words[5]);
  }
}
