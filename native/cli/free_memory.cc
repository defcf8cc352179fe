#include "native/cli/free_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace chunkmark::cli {

void warm_free_memory(std::uint64_t bytes) {
  const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t free_bytes = static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) * page;
  const std::uint64_t size = std::min(bytes, free_bytes / 2) / page * page;
  if (size == 0) return;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  ::madvise(memory, size, MADV_HUGEPAGE);  // as arrays have them: see ArrayMemory
  for (std::uint64_t at = 0; at < size; at += page) static_cast<volatile char*>(memory)[at] = 1;
  ::munmap(memory, size);
}

}  // namespace chunkmark::cli
