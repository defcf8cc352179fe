// A program whose memory use is known and the same in every run, for comparing the tracer with other tools.
//
// Everything it allocates it also writes to, so that what is allocated is resident too. At its peak it waits for a
// while: whoever samples sees the peak.

#include <sys/mman.h>

#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kMegabyte = 1'000'000;
constexpr int kThreads = 4;

__attribute__((noinline)) char* make_block(std::size_t bytes, int fill) {
  char* block = static_cast<char*>(std::malloc(bytes));
  if (block == nullptr) std::abort();
  std::memset(block, fill, bytes);
  return block;
}

__attribute__((noinline)) void copy(char* to, const char* from, std::size_t bytes) {
  asm volatile("" : "+r"(bytes));  // not known while compiling: the copy stays a call
  std::memcpy(to, from, bytes);
  asm volatile("" ::"r"(to) : "memory");
}

// From 1 to 64 MB in doubling steps, as a growing buffer of a library.
char* grow() {
  char* grown = nullptr;
  for (std::size_t megabytes = 1; megabytes <= 64; megabytes *= 2) {
    grown = static_cast<char*>(std::realloc(grown, megabytes * kMegabyte));
    if (grown == nullptr) std::abort();
    std::memset(grown + megabytes * kMegabyte / 2, 1, megabytes * kMegabyte / 2);
  }
  return grown;
}

}  // namespace

int main() {
  char* array = make_block(30 * kMegabyte, 1);
  char* twin = make_block(30 * kMegabyte, 2);
  copy(twin, array, 30 * kMegabyte);
  std::memmove(twin + 4096, twin, 20 * kMegabyte);
  for (int i = 0; i < 200'000; ++i) copy(twin + i, array, 50);

  for (int i = 0; i < 100'000; ++i) std::free(make_block(16 + static_cast<std::size_t>(i) % 500, i));
  const std::string text(3 * kMegabyte, 'x');
  const auto numbers = std::make_unique<double[]>(500'000);
  void* aligned = nullptr;
  if (posix_memalign(&aligned, 4096, 2 * kMegabyte) != 0) return 1;
  std::memset(aligned, 3, 2 * kMegabyte);
  char* cleared = static_cast<char*>(std::calloc(5, kMegabyte));
  if (cleared == nullptr) return 1;
  std::memset(cleared, 4, 5 * kMegabyte);

  char* grown = grow();
  constexpr std::size_t kMapped = 40 << 20;
  void* mapped = mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return 1;
  std::memset(mapped, 5, kMapped);

  // All threads hold their block at one time.
  std::barrier full(kThreads + 1), leave(kThreads + 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      char* own = make_block(5 * kMegabyte, i);
      copy(own, array, 4 * kMegabyte);
      full.arrive_and_wait();
      leave.arrive_and_wait();
      std::free(own);
    });
  }
  full.arrive_and_wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  leave.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();

  munmap(mapped, kMapped);
  std::free(grown);
  std::free(cleared);
  std::free(aligned);
  std::free(twin);
  std::free(array);
  return text.size() + static_cast<std::size_t>(numbers[7]) == 3 * kMegabyte ? 0 : 1;
}
