// Cases of the tracer's target: mappings that count by the pages that were touched.

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "native/trace/system_calls.h"
#include "trace/target.h"

// Old and careless calls too, since programs make them.
// NOLINTBEGIN(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)

namespace {

constexpr std::size_t kMiB = 1 << 20;

char* map(std::size_t bytes, int flags = MAP_PRIVATE | MAP_ANONYMOUS, int file = -1) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  require(mapped != MAP_FAILED);
  return static_cast<char*>(mapped);
}

int memory_file(std::size_t bytes) {
  const int file = memfd_create("target", MFD_CLOEXEC);
  require(file >= 0 && ftruncate(file, static_cast<off_t>(bytes)) == 0);
  return file;
}

void wait_for(pid_t child) {
  int status = 0;
  require(waitpid(child, &status, 0) == child && status == 0);
}

}  // namespace

void mappings() {
  mark("begin");
  void* used = mmap(nullptr, 20 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touch(used, 20 << 20);
  void* reserved = mmap(nullptr, 500 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  munmap(used, 10 << 20);
  mark("end");
  munmap(static_cast<char*>(used) + (10 << 20), 10 << 20);
  munmap(reserved, 500 << 20);
}

// Of 100 MiB reserved, 10 MiB are given access in two steps, and 4 MiB lose it again.
void reservations() {
  mark("begin");
  auto* reserved =
      static_cast<char*>(mmap(nullptr, 100 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  require(mprotect(reserved, 6 * kMiB, PROT_READ | PROT_WRITE) == 0);
  require(mprotect(reserved, 10 * kMiB, PROT_READ | PROT_WRITE) == 0);
  touch(reserved, 10 * kMiB);
  mark("touched");
  require(mprotect(reserved, 10 * kMiB, PROT_READ) == 0);
  require(mprotect(reserved, 10 * kMiB, PROT_READ | PROT_WRITE) == 0);
  require(mprotect(reserved + 6 * kMiB, 4 * kMiB, PROT_NONE) == 0);
  mark("end");
  munmap(reserved, 100 * kMiB);
}

// An arena of 1 GiB of which one page is used, and the array.
void arena() {
  touch(map(1024 * kMiB), 1);
  void* array = make_block(100 * kMegabyte);
  touch(array, 100 * kMegabyte);
  std::free(array);
}

void whole() {
  mark("begin");
  touch(map(100 * kMiB), 100 * kMiB);
  mark("end");
}

// 100 MiB touched, 60 given back, 10 of them touched again: 50 at the end.
void given_back() {
  mark("begin");
  char* mapped = map(100 * kMiB);
  touch(mapped, 100 * kMiB);
  require(madvise(mapped + 20 * kMiB, 60 * kMiB, MADV_DONTNEED) == 0);
  touch(mapped + 30 * kMiB, 10 * kMiB);
  mark("end");
}

// 10 of 20 MiB touched; moved, and grown to 1 GiB; 5 more touched.
void moved_arena() {
  mark("begin");
  char* mapped = map(20 * kMiB);
  touch(mapped, 10 * kMiB);
  mapped = static_cast<char*>(mremap(mapped, 20 * kMiB, 1024 * kMiB, MREMAP_MAYMOVE));
  require(mapped != MAP_FAILED);
  touch(mapped + 500 * kMiB, 5 * kMiB);
  mark("end");
}

// Of 100 MiB the first 40 are touched; the middle goes, of which 20 are touched: 20 stay.
void unmapped_in_part() {
  mark("begin");
  char* mapped = map(100 * kMiB);
  touch(mapped, 40 * kMiB);
  require(munmap(mapped + 20 * kMiB, 60 * kMiB) == 0);
  mark("end");
}

// Gone before anybody outside could look: ten times 30 MiB, one after the other, and no mark.
void short_lived() {
  for (int i = 0; i < 10; ++i) {
    char* mapped = map(64 * kMiB);
    touch(mapped, 30 * kMiB);
    require(munmap(mapped, 64 * kMiB) == 0);
  }
}

// The child has what its parent touched, and touches it again: that is none of its heap.
void copy_on_write() {
  char* mapped = map(100 * kMiB);
  touch(mapped, 60 * kMiB);
  const pid_t child = fork();
  if (child == 0) {
    touch(mapped, 30 * kMiB);
    touch(map(10 * kMiB), 10 * kMiB);
    _exit(0);
  }
  wait_for(child);
}

// 80 MiB of one object: this process writes the first 50, another one reads these and writes the rest.
void shared_once() {
  const int file = memory_file(80 * kMiB);
  char* mapped = map(80 * kMiB, MAP_SHARED, file);
  touch(mapped, 50 * kMiB);
  mark("written");
  const pid_t child = fork();
  if (child == 0) {
    char* other = map(80 * kMiB, MAP_SHARED, file);
    mark("begin");
    for (std::size_t i = 0; i < 50 * kMiB; i += 4096) require(other[i] == 1);
    touch(other + 50 * kMiB, 30 * kMiB);
    mark("end");
    _exit(0);
  }
  wait_for(child);
}

// What the child writes to memory without a file, which its parent mapped, is the child's.
void shared_inherited() {
  char* mapped = map(64 * kMiB, MAP_SHARED | MAP_ANONYMOUS);
  touch(mapped, 4 * kMiB);
  const pid_t child = fork();
  if (child == 0) {
    mark("begin");
    touch(mapped + 4 * kMiB, 40 * kMiB);
    mark("end");
    _exit(0);
  }
  wait_for(child);
}

// 10 MiB each of a memfd, of /dev/shm and of no file; mapped twice it is there once; of a file on a disk nothing
// counts.
void shared_kinds() {
  mark("begin");
  const int file = memory_file(10 * kMiB);
  touch(map(10 * kMiB, MAP_SHARED, file), 10 * kMiB);
  touch(map(10 * kMiB, MAP_SHARED, file), 10 * kMiB);
  char name[] = "/dev/shm/chunkmark-target-XXXXXX";
  const int shm = mkstemp(name);
  require(shm >= 0 && unlink(name) == 0 && ftruncate(shm, 10 * kMiB) == 0);
  touch(map(10 * kMiB, MAP_SHARED, shm), 10 * kMiB);
  touch(map(10 * kMiB, MAP_SHARED | MAP_ANONYMOUS), 10 * kMiB);
  mark("end");
}

// As a Lisp maps its heap: writable and executable, by syscall().
void by_syscall() {
  mark("begin");
  const long mapped = syscall(SYS_mmap, nullptr, 200 * kMiB, PROT_READ | PROT_WRITE | PROT_EXEC,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mapped > 0);
  touch(reinterpret_cast<void*>(mapped), 80 * kMiB);
  require(syscall(SYS_madvise, mapped, 20 * kMiB, MADV_DONTNEED) == 0);
  require(syscall(SYS_munmap, -1L, kMiB) == -1 && errno == EINVAL);
  mark("end");
}

// 80 MB, mapped by an instruction of its own that no hook sees.
void untold() {
  void* mapped = chunkmark::trace::sys_map(nullptr, 200 * kMiB, PROT_READ | PROT_WRITE | PROT_EXEC,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mapped != nullptr);
  touch(mapped, 80 * kMegabyte);
  usleep(200'000);
}

void half_block() {
  mark("begin");
  touch(make_block(100 * kMegabyte), 50 * kMegabyte);
  mark("end");
}
// NOLINTEND(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)
