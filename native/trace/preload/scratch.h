// ScratchClaim: working memory for a call of the tracer, so that it needs little of the stack that it is called on.
//
// The memory lies in the slot (ring.h). Whoever finds none free does without: there are more than threads that run at
// once. Thread-safe; never waits.
#pragma once

#include "native/trace/ring.h"

namespace chunkmark::trace {

template <typename T>
class ScratchClaim {
 public:
  // Begins to look at a place of the thread's own, so that threads rarely meet.
  ScratchClaim(Slot& slot, std::uint32_t thread) {
    static_assert(sizeof(T) <= sizeof(Scratch::bytes));
    for (std::uint32_t i = 0; i < kScratches; ++i) {
      Scratch& scratch = slot.scratches[(thread + i) % kScratches];
      if (scratch.taken.exchange(1, std::memory_order_acquire) != 0) continue;
      scratch_ = &scratch;
      return;
    }
  }
  ~ScratchClaim() {
    if (scratch_ != nullptr) scratch_->taken.store(0, std::memory_order_release);
  }
  ScratchClaim(const ScratchClaim&) = delete;
  ScratchClaim& operator=(const ScratchClaim&) = delete;

  // Null if there was none free. What is in it is left from before.
  T* get() const { return scratch_ != nullptr ? reinterpret_cast<T*>(scratch_->bytes) : nullptr; }

 private:
  Scratch* scratch_ = nullptr;
};

}  // namespace chunkmark::trace
