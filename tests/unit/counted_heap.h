// heap_of(): the heap that a call takes at its peak besides what was there before.
//
// This program's own malloc counts what is alive, so that the libraries' buffers count as well. For one source file of
// a test program, and not beside a sanitizer, which brings its own.
#pragma once

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

// NOLINTBEGIN(bugprone-reserved-identifier): glibc's names
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t n, std::size_t bytes);
void* __libc_realloc(void* block, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* block);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace chunkmark::counted_heap {

inline std::atomic<std::int64_t> live{0};
inline std::atomic<std::int64_t> peak{0};

inline void* gained(void* block) {
  if (block == nullptr) return block;
  const std::int64_t now = live += static_cast<std::int64_t>(malloc_usable_size(block));
  std::int64_t before = peak.load();
  while (now > before && !peak.compare_exchange_weak(before, now)) {
  }
  return block;
}

inline void lost(void* block) {
  if (block != nullptr) live -= static_cast<std::int64_t>(malloc_usable_size(block));
}

}  // namespace chunkmark::counted_heap

extern "C" {
void* malloc(std::size_t bytes) {
  return chunkmark::counted_heap::gained(__libc_malloc(bytes));
}
void* calloc(std::size_t n, std::size_t bytes) {
  return chunkmark::counted_heap::gained(__libc_calloc(n, bytes));
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  return chunkmark::counted_heap::gained(__libc_memalign(alignment, bytes));
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return chunkmark::counted_heap::gained(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  *block = chunkmark::counted_heap::gained(__libc_memalign(alignment, bytes));
  return *block == nullptr ? ENOMEM : 0;
}
void* realloc(void* block, std::size_t bytes) {
  chunkmark::counted_heap::lost(block);
  return chunkmark::counted_heap::gained(__libc_realloc(block, bytes));
}
void free(void* block) {
  chunkmark::counted_heap::lost(block);
  __libc_free(block);
}
}

namespace chunkmark {

template <typename Call>
std::int64_t heap_of(Call call) {
  const std::int64_t before = counted_heap::live.load();
  counted_heap::peak = before;
  call();
  return counted_heap::peak.load() - before;
}

}  // namespace chunkmark
