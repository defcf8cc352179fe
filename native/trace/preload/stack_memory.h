// StackMemory: the native stacks that one thread was seen with of late, so that a loop which allocates is unwound once.
//
// A stack is remembered by what the unwinder read on its way out: place and value of each return address and of each
// saved frame pointer that is one. While the innermost frame stands where it stood and all these words are unchanged,
// the unwinder would read the same again, since each frame's place follows from the words before it. They are compared
// from the innermost outwards, so that no word is read that the unwinder itself would not read. Stacks with a function
// that realigns its own, or with a signal's frame, do not keep to this and are never remembered.
//
// Plain data, zero at first: it lives in the slot (ring.h). One thread uses it.
#pragma once

#include <cstdint>

#include "native/trace/preload/call_frame.h"

namespace chunkmark::trace {

class StackMemory {
 public:
  // The hash noted for the stack whose innermost frame is `frame`, if it is the same stack still; otherwise 0.
  std::uint64_t recall(const void* frame) const;
  // Notes the hash, not 0, of the stack that the caller, whose frame is `frame`, stands on.
  void note(const void* frame, std::uint64_t hash, StepCache& cache);

 private:
  static constexpr std::uint32_t kEntries = 16;    // by place and caller of the innermost frame
  static constexpr std::uint32_t kWords = 124;     // at most two per frame; deeper stacks are unwound every time
  static constexpr std::uint32_t kLearnAfter = 8;  // sightings in a row, since learning costs more than an unwind

  struct Word {
    const std::uint64_t* place;
    std::uint64_t value;
  };
  struct Entry {
    const void* frame;
    std::uint64_t hash;
    std::uint32_t sightings;
    std::uint32_t count;  // 0: not learnt
    Word words[kWords];
  };
  static std::uint32_t entry_of(const void* frame);
  static void learn(Entry& entry, StepCache& cache);

  Entry entries_[kEntries];
};

}  // namespace chunkmark::trace
