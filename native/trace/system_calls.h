// System calls without the C library's wrappers, since those are hooked.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace chunkmark::trace {

inline int sys_open(const char* path, int flags) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, 0));
}

// Null on failure.
inline void* sys_map(void* at, std::size_t bytes, int protection, int flags, int file, std::uint64_t offset) {
  void* mapped = reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
  return mapped == MAP_FAILED ? nullptr : mapped;
}

}  // namespace chunkmark::trace
