// CallFrame: one step of a stack walk, from a function's frame to its caller's, by the tables that exception handling
// uses (.eh_frame). Takes no lock, makes no system call, allocates nothing, and needs some hundred bytes of stack: a
// thread may be cancelled, interrupted or forked anywhere in it.
//
// Follows the stack pointer, the frame pointer and the return address, and no other register: what a compiler's frames
// need. Where a table asks for more, and in code without tables, there is no step. Trusts the tables, as the runtime
// that throws exceptions does. Source: DWARF 5, 6.4; Linux Standard Base, "Exception Frames"; psABI x86-64 and AArch64.
#pragma once

#include <atomic>
#include <cstdint>

namespace chunkmark::trace {

struct CallFrame {
  std::uint64_t pc;  // what comes next in it
  std::uint64_t stack_pointer;
  std::uint64_t frame_pointer;
  std::uint64_t link;  // AArch64: the register with the return address
  bool interrupted;    // by a signal, rather than in a call: pc is not behind a call
};

// Where a step found the caller's registers. Null: in no memory, so as they were.
struct SavedPlaces {
  const std::uint64_t* return_address;
  const std::uint64_t* frame_pointer;
};

// How to step from an address, packed; remembered for all threads of a process. Zero at first. An entry is two words of
// which the first is the address mixed with the second, so that two writers at once make no entry that is taken for
// one.
struct StepCache {
  static constexpr std::uint32_t kEntries = 8192;
  struct Entry {
    std::atomic<std::uint64_t> key, step;
  };
  Entry entries[kEntries];
};

// The caller of this function's caller... is reached by steps from here: the frame of the function that this is inlined
// into.
__attribute__((always_inline)) inline CallFrame this_frame() {
  CallFrame frame{};
#if defined(__x86_64__)
  asm volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
               : "=r"(frame.pc), "=r"(frame.stack_pointer), "=r"(frame.frame_pointer));
#elif defined(__aarch64__)
  asm volatile("adr %0, .\n\tmov %1, sp\n\tmov %2, x29\n\tmov %3, x30"
               : "=&r"(frame.pc), "=&r"(frame.stack_pointer), "=&r"(frame.frame_pointer), "=&r"(frame.link));
#else
#error "the stack walk knows x86-64 and AArch64"
#endif
  frame.interrupted = true;  // pc stands for itself
  return frame;
}

// Moves on to the caller; false at the outermost frame, or where there is no way on. `frame` is then unchanged.
bool step(CallFrame& frame, SavedPlaces& places, StepCache& cache);

}  // namespace chunkmark::trace
