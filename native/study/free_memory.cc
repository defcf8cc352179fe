#include "native/study/free_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace chunkmark::native_study {
namespace {

// What this process may take before its control group (a container) is at its limit. Source: the kernel's cgroup-v2.
std::uint64_t left_in_group() {
  std::uint64_t limit = 0, used = 0;
  if (!(std::ifstream("/sys/fs/cgroup/memory.max") >> limit)) return UINT64_MAX;  // "max", or no such group
  if (!(std::ifstream("/sys/fs/cgroup/memory.current") >> used)) return UINT64_MAX;
  return limit - std::min(limit, used);
}

}  // namespace

void warm_free_memory(std::uint64_t bytes) {
  const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t free_bytes = static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) * page;
  const std::uint64_t size = std::min(bytes, std::min(free_bytes, left_in_group()) / 2) / page * page;
  if (size == 0) return;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  ::madvise(memory, size, MADV_HUGEPAGE);  // as arrays have them: see ArrayMemory
  for (std::uint64_t at = 0; at < size; at += page) static_cast<volatile char*>(memory)[at] = 1;
  ::munmap(memory, size);
}

}  // namespace chunkmark::native_study
