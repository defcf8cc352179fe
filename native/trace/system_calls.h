// System calls without the C library's wrappers, since those are hooked, syscall among them.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace chunkmark::trace {

inline long sys_call_words(long number, const long (&words)[6]) {
#if defined(__x86_64__)
  long result;
  register long fourth asm("r10") = words[3];
  register long fifth asm("r8") = words[4];
  register long sixth asm("r9") = words[5];
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(words[0]), "S"(words[1]), "d"(words[2]), "r"(fourth), "r"(fifth), "r"(sixth)
               : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long which asm("x8") = number;
  register long result asm("x0") = words[0];
  register long second asm("x1") = words[1];
  register long third asm("x2") = words[2];
  register long fourth asm("x3") = words[3];
  register long fifth asm("x4") = words[4];
  register long sixth asm("x5") = words[5];
  asm volatile("svc 0"
               : "+r"(result)
               : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
               : "memory");
#endif
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}

// -1 and errno on failure, as syscall(2).
template <typename... Arguments>
long sys_call(long number, Arguments... arguments) {
  return sys_call_words(number, {(long)arguments...});  // NOLINT(google-readability-casting): numbers and pointers
}

inline int sys_open(const char* path, int flags) {
  return static_cast<int>(sys_call(SYS_openat, AT_FDCWD, path, flags, 0));
}

// Null on failure.
inline void* sys_map(void* at, std::size_t bytes, int protection, int flags, int file, std::uint64_t offset) {
  void* mapped = reinterpret_cast<void*>(sys_call(SYS_mmap, at, bytes, protection, flags, file, offset));
  return mapped == MAP_FAILED ? nullptr : mapped;
}

}  // namespace chunkmark::trace
