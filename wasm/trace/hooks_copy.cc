// The memcpy family of the traced module. Compiled with bulk memory, so that what these do is one instruction; all else
// is compiled without (CMakeLists.txt), so that its copies are calls, and end here.

#include <cstddef>

#include "wasm/trace/recorder.h"

namespace {

inline void copied(const void* to, const void* from, std::size_t bytes) {
  if (to == from) return;
  if (chunkmark::wasm::Recorder* recorder = chunkmark::wasm::recording()) recorder->copied(to, from, bytes);
}

}  // namespace

extern "C" {

// Unseen: for what is a part of another event.
__attribute__((noinline)) void* chunkmark_move(void* to, const void* from, std::size_t bytes) {
  __builtin_memmove(to, from, bytes);
  return to;
}

__attribute__((noinline)) void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) {
  copied(to, from, bytes);
  __builtin_memcpy(to, from, bytes);
  return to;
}

__attribute__((noinline)) void* memmove(void* to, const void* from, std::size_t bytes) {
  copied(to, from, bytes);
  __builtin_memmove(to, from, bytes);
  return to;
}

}  // extern "C"
