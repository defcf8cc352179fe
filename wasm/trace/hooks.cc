// The allocation family of the traced module: these take the place of the C library's, whose names are weak.
//
// As natively, a block's end is recorded before it is given back, its birth after it was obtained. calloc and realloc
// are made of the functions that every Emscripten offers below those names.

#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "wasm/trace/recorder.h"

using chunkmark::capture::EventKind;
using chunkmark::wasm::Recorder;
using chunkmark::wasm::recording;

extern "C" {

void* emscripten_builtin_malloc(std::size_t bytes);
void* emscripten_builtin_memalign(std::size_t alignment, std::size_t bytes);
void emscripten_builtin_free(void* block);
void* chunkmark_move(void* to, const void* from, std::size_t bytes);

}  // extern "C"

namespace {

constexpr std::size_t kLeastAlignment = 16;

inline void* born(void* block, std::size_t bytes, EventKind kind = EventKind::kAllocate) {
  if (block == nullptr) return block;
  if (Recorder* recorder = recording()) recorder->born(kind, block, bytes);
  return block;
}

inline void end(void* block, EventKind kind) {
  if (block == nullptr) return;
  if (Recorder* recorder = recording()) recorder->ended(kind, block);
}

}  // namespace

extern "C" {

__attribute__((noinline)) void* malloc(std::size_t bytes) {
  return born(emscripten_builtin_malloc(bytes), bytes);
}

__attribute__((noinline)) void free(void* block) {
  end(block, EventKind::kFree);
  emscripten_builtin_free(block);
}

__attribute__((noinline)) void* calloc(std::size_t count, std::size_t each) {
  std::size_t bytes;
  if (__builtin_mul_overflow(count, each, &bytes)) return nullptr;
  void* block = emscripten_builtin_malloc(bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return born(block, bytes);
}

__attribute__((noinline)) void* realloc(void* block, std::size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  end(block, EventKind::kReallocFree);
  void* moved = block;
  const std::size_t usable = malloc_usable_size(block);
  if (bytes > usable || bytes < usable / 2) {
    moved = emscripten_builtin_malloc(bytes);
    if (moved != nullptr) {
      chunkmark_move(moved, block, bytes < usable ? bytes : usable);
      emscripten_builtin_free(block);
    }
  }
  // Without a block it has failed, and the old one lives on.
  if (Recorder* recorder = recording()) recorder->born(EventKind::kReallocAllocate, moved, bytes);
  return moved;
}

__attribute__((noinline)) void* memalign(std::size_t alignment, std::size_t bytes) {
  return born(emscripten_builtin_memalign(alignment, bytes), bytes);
}

__attribute__((noinline)) void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return born(emscripten_builtin_memalign(alignment, bytes), bytes);
}

__attribute__((noinline)) int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  void* block =
      alignment <= kLeastAlignment ? emscripten_builtin_malloc(bytes) : emscripten_builtin_memalign(alignment, bytes);
  if (block == nullptr) return ENOMEM;
  *out = born(block, bytes);
  return 0;
}

}  // extern "C"
