// A program whose memory use is known, for the tracer's tests: target CASE. Prints nothing.

#include "trace/target.h"

// Old and careless calls too, since programs make them.
// NOLINTBEGIN(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

void* volatile g_kept;

__attribute__((noinline)) void* make_block(std::size_t bytes) {
  void* made = std::malloc(bytes);
  g_kept = made;  // not read again: another thread may have its own there by now
  return made;
}

void mark(const char* name) {
  if (chunkmark_mark != nullptr) chunkmark_mark(name);
}

// A file without a name.
int temporary() {
  char path[] = "/tmp/chunkmark-target-XXXXXX";
  const int file = mkstemp(path);
  unlink(path);
  return file;
}

void touch(void* memory, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
}

void require(bool holds) {
  if (!holds) std::exit(3);
}

namespace {

void blocks() {
  void* array = make_block(100 * kMegabyte);
  mark("begin");
  void* copy = make_block(89 * kMegabyte);
  std::memcpy(copy, array, 89 * kMegabyte);
  std::free(copy);
  mark("end");
  std::free(array);
}

__attribute__((noinline)) void* make_arena(std::size_t bytes) {
  void* made = std::malloc(bytes);
  g_kept = made;  // not read again: another thread may have its own there by now
  return made;
}

void old_arenas() {
  void* arenas[4];
  for (void*& arena : arenas) arena = make_arena(150 * kMegabyte);
  void* array = make_block(100 * kMegabyte);
  mark("begin");
  void* copy = make_block(89 * kMegabyte);
  std::free(copy);
  mark("end");
  std::free(array);
  for (void* arena : arenas) std::free(arena);
}

// A megabyte by each of twelve ways; half of them end.
void allocators() {
  struct alignas(256) Aligned {
    char bytes[1024];
  };
  void* by_posix = nullptr;
  mark("begin");
  require(posix_memalign(&by_posix, 4096, kMegabyte) == 0);
  void* const blocks[] = {std::malloc(kMegabyte),
                          std::calloc(10, kMegabyte / 10),
                          std::realloc(nullptr, kMegabyte),
                          reallocarray(nullptr, 10, kMegabyte / 10),
                          by_posix,
                          aligned_alloc(64, kMegabyte),
                          memalign(64, kMegabyte),
                          valloc(kMegabyte),
                          pvalloc(kMegabyte / 4096 * 4096)};
  auto* characters = new char[kMegabyte];
  g_kept = characters;  // a block that nobody sees need not be made
  auto* numbers = new (std::nothrow) double[kMegabyte / 8];
  g_kept = numbers;
  auto* aligned = new Aligned[kMegabyte / 1024];
  g_kept = aligned;
  volatile std::size_t too_many = SIZE_MAX;
  require(reallocarray(nullptr, too_many, 16) == nullptr);
  for (void* block : blocks) require(block != nullptr && malloc_usable_size(block) >= kMegabyte / 4096 * 4096);
  for (int i = 0; i < 6; ++i) std::free(blocks[i]);
  mark("end");
  for (int i = 6; i < 9; ++i) std::free(blocks[i]);
  delete[] characters;
  delete[] numbers;
  delete[] aligned;
}

// An anonymous mapping grows from 4 to 16 MiB and shrinks to 2; a shared one and one made read-only shrink from 8 MiB
// to 1. A file's mapping, and a reservation, move too.
void moved_mappings() {
  constexpr std::size_t kMiB = 1 << 20;
  const int file = temporary();
  require(ftruncate(file, 8 * kMiB) == 0);
  mark("begin");
  void* grown = mmap(nullptr, 4 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  grown = mremap(grown, 4 * kMiB, 16 * kMiB, MREMAP_MAYMOVE);
  touch(grown, 16 * kMiB);
  grown = mremap(grown, 16 * kMiB, 2 * kMiB, MREMAP_MAYMOVE);
  require(mremap(grown, 2 * kMiB, std::size_t{1} << 60, MREMAP_MAYMOVE) == MAP_FAILED);
  void* shared = mmap(nullptr, 8 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  touch(shared, 8 * kMiB);
  require(mremap(shared, 8 * kMiB, kMiB, MREMAP_MAYMOVE) != MAP_FAILED);
  void* sealed = mmap(nullptr, 8 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touch(sealed, 8 * kMiB);
  require(mprotect(sealed, 8 * kMiB, PROT_READ) == 0);
  require(mremap(sealed, 8 * kMiB, kMiB, MREMAP_MAYMOVE) != MAP_FAILED);
  void* mapped = mmap(nullptr, 4 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  require(mremap(mapped, 4 * kMiB, 8 * kMiB, MREMAP_MAYMOVE) != MAP_FAILED);
  void* reserved = mmap(nullptr, 40 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mremap(reserved, 40 * kMiB, 80 * kMiB, MREMAP_MAYMOVE) != MAP_FAILED);
  mark("end");
}

// Two functions of one shape call the same third at the same place of the stack: only words further out differ.
__attribute__((noinline)) char* by_left(const char* text) {
  char* copy = strdup(text);
  asm volatile("" : "+r"(copy));
  return copy;  // NOLINT(clang-analyzer-unix.Malloc)
}
__attribute__((noinline)) char* by_right(const char* text) {
  char* copy = strdup(text);
  asm volatile("" : "+r"(copy));
  return copy;  // NOLINT(clang-analyzer-unix.Malloc)
}

// The same, called from a function that realigns its stack: only the way from it to its caller differs.
__attribute__((noinline)) char* realigned_copy(const char* text) {
  alignas(4096) volatile char room[64];
  room[0] = 0;
  volatile std::size_t more = 64;  // a frame of a length that is not known: the caller is found through one word more
  auto* rest = static_cast<volatile char*>(__builtin_alloca(more));
  rest[0] = 0;
  char* copy = strdup(text);
  asm volatile("" : "+r"(copy) : "r"(room) : "memory");
  return copy;  // NOLINT(clang-analyzer-unix.Malloc)
}
template <std::size_t kRoom>
__attribute__((noinline)) char* realigned_by(const char* text) {
  volatile char room[kRoom];
  char* copy = realigned_copy(text);
  asm volatile("" : "+r"(copy) : "r"(room) : "memory");
  return copy;  // NOLINT(clang-analyzer-unix.Malloc)
}

void realigning_callers() {
  const std::string small(10000, 'x'), large(30000, 'x');
  char* kept[200];
  mark("begin");
  for (int i = 0; i < 200; ++i) {
    const bool is_first = i % 40 < 20;
    char* (*volatile by)(const char*) = is_first ? realigned_by<16> : realigned_by<128>;
    kept[i] = by((is_first ? small : large).c_str());
  }
  mark("end");
  for (char* copy : kept) std::free(copy);
}

void callers() {
  const std::string text(10000, 'x');
  char* kept[200];
  mark("begin");
  for (int i = 0; i < 200; ++i) kept[i] = i % 40 < 20 ? by_left(text.c_str()) : by_right(text.c_str());
  mark("end");
  for (char* copy : kept) std::free(copy);
}

// A thread's own data is given back by a destructor that runs while the thread ends, and allocates.
void ending_threads() {
  static pthread_key_t key;
  pthread_key_create(&key, [](void* block) {
    std::free(block);
    std::free(make_block(2 * kMegabyte));
  });
  mark("begin");
  for (int i = 0; i < 50; ++i) {
    std::thread([] { pthread_setspecific(key, make_block(kMegabyte)); }).join();
  }
  mark("end");
}

// A handler that allocates interrupts the allocator's callers; it runs on a stack of its own.
void signals() {
  static char stack[1 << 16];
  const stack_t alternative = {stack, 0, sizeof stack};
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = [](int) { std::free(make_block(kMegabyte)); };
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  mark("begin");
  for (int i = 0; i < 1000; ++i) raise(SIGUSR1);
  mark("end");
}

void spawns() {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  mark("begin");
  for (int i = 0; i < 20; ++i) {
    pid_t child = 0;
    require(posix_spawnp(&child, "true", nullptr, nullptr, arguments, environ) == 0);
    waitpid(child, nullptr, 0);
  }
  std::free(make_block(3 * kMegabyte));
  mark("end");
}

void executes() {
  make_block(50 * kMegabyte);
  execl("/proc/self/exe", "target", "vforks", nullptr);
}

void small_copies() {
  char from[64] = {1}, to[64];
  std::size_t length = 16;
  asm volatile("" : "+r"(length));  // not known while compiling, so that each stays a call
  mark("begin");
  for (int i = 0; i < 1000; ++i) {
    std::memcpy(to, from, length);
    asm volatile("" ::"r"(to) : "memory");
  }
  mark("end");
}

void growth() {
  mark("begin");
  char* grown = nullptr;
  for (std::size_t megabytes = 1; megabytes <= 40; megabytes *= 2) {
    grown = static_cast<char*>(std::realloc(grown, megabytes * kMegabyte));
    g_kept = grown;
  }
  mark("end");
  std::free(grown);
}

void threads() {
  mark("begin");
  std::vector<std::thread> workers;
  workers.reserve(8);
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([] {
      for (int j = 0; j < 20000; ++j) std::free(make_block(64));
      g_kept = std::malloc(5 * kMegabyte);  // given up: still alive at the end
    });
  }
  for (std::thread& worker : workers) worker.join();
  mark("end");
}

void forks() {
  void* before = make_block(10 * kMegabyte);
  const pid_t child = fork();
  if (child == 0) {
    mark("begin");
    std::free(before);  // its parent's: no allocation of its own ends
    std::free(make_block(30 * kMegabyte));
    mark("end");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  std::free(before);
}

void vforks() {
  const pid_t child = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(9);
  }
  waitpid(child, nullptr, 0);
  mark("begin");
  std::free(make_block(7 * kMegabyte));
  mark("end");
}

void opens_library() {
  void* library = dlopen("libm.so.6", RTLD_NOW);
  mark("begin");
  std::free(make_block(2 * kMegabyte));
  mark("end");
  if (library != nullptr) dlclose(library);
}

// About three seconds of allocations, several times what fits into the ring.
void endures() {
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 3000; ++i) std::free(make_block(64));
    usleep(10'000);
  }
}

void killed() {
  mark("begin");
  make_block(6 * kMegabyte);
  raise(SIGKILL);
}

// Until a signal ends it.
void waits() {
  mark("begin");
  make_block(6 * kMegabyte);
  require(std::puts("waiting") >= 0 && std::fflush(stdout) == 0);
  pause();
}

}  // namespace

int main(int argc, char** argv) {
  const std::pair<std::string_view, void (*)()> cases[] = {
      {"blocks", blocks},
      {"old_arenas", old_arenas},
      {"transfers", transfers},
      {"small_copies", small_copies},
      {"growth", growth},
      {"mappings", mappings},
      {"threads", threads},
      {"forks", forks},
      {"vforks", vforks},
      {"opens_library", opens_library},
      {"endures", endures},
      {"killed", killed},
      {"waits", waits},
      {"stdio", stdio},
      {"memory_streams", memory_streams},
      {"sockets", sockets},
      {"files", files},
      {"copy_functions", copy_functions},
      {"allocators", allocators},
      {"reservations", reservations},
      {"moved_mappings", moved_mappings},
      {"callers", callers},
      {"realigning_callers", realigning_callers},
      {"ending_threads", ending_threads},
      {"signals", signals},
      {"spawns", spawns},
      {"executes", executes},
      {"arena", arena},
      {"whole", whole},
      {"given_back", given_back},
      {"moved_arena", moved_arena},
      {"unmapped_in_part", unmapped_in_part},
      {"short_lived", short_lived},
      {"copy_on_write", copy_on_write},
      {"shared_once", shared_once},
      {"shared_inherited", shared_inherited},
      {"shared_kinds", shared_kinds},
      {"by_syscall", by_syscall},
      {"untold", untold},
      {"half_block", half_block},
  };
  for (const auto& [name, run] : cases) {
    if (argc > 1 && name == argv[1]) {
      run();
      return 0;
    }
  }
  return 2;
}
// NOLINTEND(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)
