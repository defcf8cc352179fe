// An allocation-heavy program for tests/bench/trace_bench.py: `events_target PAIRS` makes that many pairs of malloc and
// free, of many sizes, from about a thousand different stacks of up to 40 frames.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::size_t kAlive = 4096;  // blocks that live for a while, so that frees are not those of the last malloc
void* g_alive[kAlive];
std::uint64_t g_random = 88172645463325252u;

std::uint64_t next_random() {  // xorshift
  g_random ^= g_random << 13;
  g_random ^= g_random >> 7;
  g_random ^= g_random << 17;
  return g_random;
}

__attribute__((noinline)) void allocate(std::uint64_t pairs) {
  for (std::uint64_t i = 0; i < pairs; ++i) {
    void*& place = g_alive[next_random() % kAlive];
    std::free(place);
    place = std::malloc(16 + next_random() % 1000);
  }
}

// Walks down by one of two functions a level, so that each path is a stack of its own.
__attribute__((noinline)) void left(unsigned path, unsigned depth, std::uint64_t pairs);

__attribute__((noinline)) void right(unsigned path, unsigned depth, std::uint64_t pairs) {
  if (depth == 0) return allocate(pairs);
  (path & 1) != 0 ? left(path >> 1, depth - 1, pairs) : right(path >> 1, depth - 1, pairs);
  asm volatile("");  // no tail call: the frame stays
}

void left(unsigned path, unsigned depth, std::uint64_t pairs) {
  if (depth == 0) return allocate(pairs);
  (path & 1) != 0 ? left(path >> 1, depth - 1, pairs) : right(path >> 1, depth - 1, pairs);
  asm volatile("");
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t pairs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5'000'000;
  constexpr std::uint64_t kBatch = 100;
  for (std::uint64_t done = 0; done < pairs; done += kBatch) {
    left(static_cast<unsigned>(next_random() % 1024), 10 + static_cast<unsigned>(next_random() % 30), kBatch);
  }
  for (void* block : g_alive) std::free(block);
}
