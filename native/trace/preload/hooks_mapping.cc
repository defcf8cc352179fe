// Anonymous mappings that can be written. A reservation without access costs nothing until mprotect gives access to it,
// and then counts for what it was given.
//
// Approximations: memory that is given back by madvise stays counted, since it stays mapped; a mapping made read-only
// stays counted. Mappings that the C library makes for itself (thread stacks, its heaps) pass no hook: the blocks in
// them are counted, the room around them is not. mremap is recorded when it is done, so that a mapping that another
// thread made at the old place in that very moment would be taken for the old one.

#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

#include "native/trace/preload/mappings.h"
#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"

using chunkmark::trace::EventKind;
using chunkmark::trace::for_each_mapping;
using chunkmark::trace::Mapping;
using chunkmark::trace::record_event;
using chunkmark::trace::Recording;

namespace {

// An allocator's own mappings are not: one that stands before the C library's calls these hooks for its room.
bool is_counted() {
  return !chunkmark::trace::t_state.in_allocator;
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

}  // namespace

static void* map_hook(void* (*next)(void*, size_t, int, int, int, off_t), void* at, size_t bytes, int protection,
                      int flags, int file, off_t offset) {
  void* mapped = next(at, bytes, protection, flags, file, offset);
  if (mapped == MAP_FAILED) return mapped;
  const bool counts = (flags & MAP_ANONYMOUS) != 0 && (protection & PROT_WRITE) != 0;
  // Whatever else is put in the place of counted memory ends it: that is how arenas give memory back.
  const bool replaces = !counts && (flags & MAP_FIXED) != 0;
  if (counts || replaces) {
    if (const Recording on(is_counted()); on) {
      record_event(counts ? EventKind::kMap : EventKind::kUnmap, number(mapped), bytes, true);
    }
  }
  return mapped;
}

CHUNKMARK_HOOK void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  return map_hook(NEXT(mmap), at, bytes, protection, flags, file, offset);
}

CHUNKMARK_HOOK void* mmap64(void* at, size_t bytes, int protection, int flags, int file, off64_t offset) noexcept {
  return map_hook(NEXT(mmap64), at, bytes, protection, flags, file, offset);
}

CHUNKMARK_HOOK int munmap(void* at, size_t bytes) noexcept {
  if (const Recording on(is_counted()); on) record_event(EventKind::kUnmap, number(at), bytes, true);
  return NEXT(munmap)(at, bytes);
}

CHUNKMARK_HOOK void* mremap(void* old, size_t old_bytes, size_t new_bytes, int flags, ...) noexcept {
  void* target = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list rest;
    va_start(rest, flags);
    target = va_arg(rest, void*);
    va_end(rest);
  }
  bool counts = false;
  if (const Recording on(is_counted()); on)
    for_each_mapping(number(old), number(old) + old_bytes, note_counted, &counts);
  void* moved = NEXT(mremap)(old, old_bytes, new_bytes, flags, target);
  if (moved == MAP_FAILED) return moved;
  if (const Recording on(is_counted()); on) {
    record_event(EventKind::kUnmap, number(old), old_bytes, true);
    if (counts || target != nullptr) {  // what lay at a fixed target is gone
      record_event(counts ? EventKind::kMap : EventKind::kUnmap, number(moved), new_bytes, true);
    }
  }
  return moved;
}

CHUNKMARK_HOOK int mprotect(void* at, size_t bytes, int protection) noexcept {
  Reserved reserved;
  if ((protection & PROT_WRITE) != 0) {
    if (const Recording on(is_counted()); on)
      for_each_mapping(number(at), number(at) + bytes, Reserved::add, &reserved);
  }
  const int failure = NEXT(mprotect)(at, bytes, protection);
  if (failure != 0) return failure;
  if (const Recording on(is_counted()); on) {
    if (protection == PROT_NONE) record_event(EventKind::kUnmap, number(at), bytes, true);
    for (int i = 0; i < reserved.count; ++i) {
      record_event(EventKind::kMap, reserved.parts[i].begin, reserved.parts[i].end - reserved.parts[i].begin, true);
    }
  }
  return failure;
}
