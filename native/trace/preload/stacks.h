// Stacks: the call stack of the calling thread as a small number, the same for the same stack.
//
// A stack that was not seen before is defined by a record of its own first, and a module that was not met before by one
// before that. The table of known stacks lives in the slot's shared memory and is read and written without locks (two
// threads may define one stack twice: harmless). Large arrays are in scratch memory, none on the caller's stack.
#pragma once

#include <cstdint>

#include "native/trace/preload/python_frames.h"
#include "native/trace/preload/ring_writer.h"

namespace chunkmark::trace {

// Trivial on purpose: it lives in memory that a fork wipes to zero.
class Stacks {
 public:
  // The number of the calling thread's stack, without the tracer's own frames. 0 if it cannot be told.
  std::uint32_t current(RingWriter& ring, std::uint32_t thread);

 private:
  struct Work {
    void* addresses[kMaxFrames];  // return addresses, innermost first, without the tracer's own
    std::uint32_t count;
    PythonFrame python[kMaxPythonFrames];
    std::uint32_t python_count;
    std::uint64_t python_words[kMaxPythonFrames];  // as records have them
    char text[kMaxFrameText];
  };
  std::uint32_t look(RingWriter& ring, std::uint32_t thread, const void* here, std::uint64_t native_hash);
  static std::uint64_t unwind(Work& work, StepCache& steps);
  std::uint32_t define(RingWriter& ring, std::uint32_t thread, Work& work, std::uint64_t hash);
  void announce_modules(RingWriter& ring, Work& work);
  bool was_announced(std::uint64_t module);
  void forget_modules(Slot& slot);
  std::uint64_t salted(std::uint64_t hash) const;

  PythonFrames python_;
  std::uint32_t unloads_;                             // how often modules were unloaded when what is known was learnt
  static constexpr std::uint32_t kMaxModules = 1024;  // later ones are told again and again
  std::uint64_t announced_[kMaxModules];
};

// A module was unloaded: addresses may mean other functions from now on.
void note_unload();

}  // namespace chunkmark::trace
