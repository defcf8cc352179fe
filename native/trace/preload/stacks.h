// Stacks: the call stack of the calling thread as a small number, the same for the same stack.
//
// A stack that was not seen before is defined by a record of its own first; the table of known stacks lives in the
// slot's shared memory and is read and written without locks (two threads may define one stack twice: harmless).
#pragma once

#include <cstdint>

#include "native/trace/preload/python_frames.h"
#include "native/trace/preload/ring_writer.h"

namespace chunkmark::trace {

// Trivial on purpose: it lives in memory that a fork wipes to zero.
class Stacks {
 public:
  // The number of the calling thread's stack, without the tracer's own frames.
  std::uint32_t current(RingWriter& ring, std::uint32_t thread);

 private:
  struct Frames {
    void* const* native;
    std::uint32_t native_count;
    const PythonFrame* python;
    std::uint32_t python_count;
  };
  struct NativeFrames {
    void* addresses[kMaxFrames];  // return addresses, innermost first, without the tracer's own
    std::uint32_t count;
    std::uint64_t hash;
  };
  static void unwind(NativeFrames& frames);
  std::uint32_t define(RingWriter& ring, std::uint32_t thread, const Frames& frames, std::uint64_t hash);
  void announce_modules(RingWriter& ring);

  PythonFrames python_;
  std::uint64_t modules_added_, modules_removed_;  // the loader's counters when modules were last announced
  std::uint32_t announcing_;                       // 1 while a thread does it; others go on, the reader can wait
};

}  // namespace chunkmark::trace
