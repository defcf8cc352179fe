// A program whose memory use is known, for the tracer's tests: target CASE. Prints nothing.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

namespace {

constexpr std::size_t kMegabyte = 1'000'000;
void* volatile g_kept;  // keeps the compiler from removing what is allocated

__attribute__((noinline)) void* make_block(std::size_t bytes) {
  g_kept = std::malloc(bytes);
  return g_kept;
}

void mark(const char* name) {
  if (chunkmark_mark != nullptr) chunkmark_mark(name);
}

void blocks() {
  void* array = make_block(100 * kMegabyte);
  mark("begin");
  void* copy = make_block(89 * kMegabyte);
  std::memcpy(copy, array, 89 * kMegabyte);
  std::free(copy);
  mark("end");
  std::free(array);
}

void transfers() {
  std::vector<char> bytes(3 * kMegabyte, 'x');
  char path[] = "/tmp/chunkmark-target-XXXXXX";
  const int file = mkstemp(path);
  mark("begin");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (put <= 0) std::exit(3);
    done += static_cast<std::size_t>(put);
  }
  iovec parts[2] = {{bytes.data(), kMegabyte}, {bytes.data() + kMegabyte, kMegabyte}};
  if (preadv(file, parts, 2, 0) != 2 * static_cast<ssize_t>(kMegabyte)) std::exit(3);
  mark("end");
  close(file);
  unlink(path);
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

void mappings() {
  mark("begin");
  void* used = mmap(nullptr, 20 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* reserved = mmap(nullptr, 500 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  munmap(used, 10 << 20);
  mark("end");
  munmap(static_cast<char*>(used) + (10 << 20), 10 << 20);
  munmap(reserved, 500 << 20);
}

void threads() {
  mark("begin");
  std::vector<std::thread> workers;
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
  const pid_t child = vfork();
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

}  // namespace

int main(int argc, char** argv) {
  const std::pair<std::string_view, void (*)()> cases[] = {
      {"blocks", blocks},   {"transfers", transfers}, {"small_copies", small_copies},
      {"growth", growth},   {"mappings", mappings},   {"threads", threads},
      {"forks", forks},     {"vforks", vforks},       {"opens_library", opens_library},
      {"endures", endures}, {"killed", killed},
  };
  for (const auto& [name, run] : cases) {
    if (argc > 1 && name == argv[1]) {
      run();
      return 0;
    }
  }
  return 2;
}
