// Recorder: the traced process's end of the ring. Hooks call it; it never calls them.
//
// Depends on libc only, allocates nothing, takes no lock, makes no system call once it is attached but to wait for room
// in the ring, and needs at most 2 KB of the stack that it is called on. Attaches itself at the first hooked call;
// after a fork the child finds its state wiped by the kernel (MADV_WIPEONFORK) and attaches anew, while a vfork child
// shares its parent's memory and so goes on as its parent.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "instrument/capture/event.h"

namespace chunkmark::trace {

using capture::EventKind;

// Per-thread state. `busy` keeps the recorder's own calls, and the unwinder's, from being recorded.
struct ThreadState {
  bool busy;
  bool in_allocator;         // what is mapped now is the allocator's own, whose blocks count instead
  bool in_mapping;           // a call that maps is forwarded, and is one call whatever it makes of it
  bool asynchronous;         // may be cancelled at any instruction
  bool confined;             // may make few system calls (seccomp): the recorder makes none
  std::uint64_t last_ticks;  // where the clock may not be read either (strict seccomp): when that began; else 0
  std::uint32_t gathered_in, gathered_out;  // bytes of single characters that no event has told yet (transfer.h)
  std::uint32_t number;                     // in this process
  std::uint64_t generation;                 // of the recorder's state that `number` belongs to
};
// initial-exec: the access is one instruction and never allocates.
extern __thread ThreadState t_state __attribute__((tls_model("initial-exec")));

// True, and busy set, if what this thread does now is to be recorded. Cheap; attaches when needed.
bool begin_recording();
void end_recording_asynchronous();
inline void end_recording() {
  t_state.busy = false;
  if (__builtin_expect(t_state.asynchronous, 0)) end_recording_asynchronous();
}

// One recorded call: `if (const Recording on; on) record_event(...);`. Leaves errno as it was.
class Recording {
 public:
  explicit Recording(bool wanted = true) : errno_(errno), on_(wanted && begin_recording()) {}
  ~Recording() {
    if (on_) end_recording();
    errno = errno_;
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  explicit operator bool() const { return on_; }

 private:
  int errno_;
  bool on_;
};

// Inside begin_recording/end_recording only.
void record_event(EventKind kind, std::uint64_t a, std::uint64_t b, bool with_stack);
void record_copy(std::uint64_t to, std::uint64_t from, std::uint64_t bytes);
void record_mark(const char* name);
// Before the process ends: what its large memory holds, and what of it was touched.
void record_exit();
void record_shared_map(std::uint64_t address, std::uint64_t bytes, int file, std::uint64_t offset);

class RingWriter;
// The process's ring, once it has memory whose pages are looked at; null before.
RingWriter* ring_with_large_memory();

struct Control;
// What all traced processes share, also after a fork; null if this one was never attached.
Control* shared_control();

struct Slot;
Slot& recording_slot();

// Counts a copy below the stack threshold. Needs no begin_recording.
void count_small_copy(std::size_t bytes);

}  // namespace chunkmark::trace
