// The memcpy family of the modules that nothing traces, compiled with bulk memory: the compiler's library sends long
// copies through JavaScript, and goes over short ones by words. Here a long copy is one instruction, whose fixed cost a
// short one does not pay.
#include <wasm_simd128.h>

#include <cstddef>

namespace {

constexpr std::size_t kLong = 256, kVector = 16;

void copy_vectors(unsigned char* to, const unsigned char* from, std::size_t bytes) {
  std::size_t at = 0;
  for (; at + kVector <= bytes; at += kVector) wasm_v128_store(to + at, wasm_v128_load(from + at));
  for (; at < bytes; ++at) to[at] = from[at];
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) {
  if (bytes >= kLong) {
    __builtin_memcpy(to, from, bytes);
  } else {
    copy_vectors(static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), bytes);
  }
  return to;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
  __builtin_memmove(to, from, bytes);
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  __builtin_memset(to, value, bytes);
  return to;
}

}  // extern "C"
