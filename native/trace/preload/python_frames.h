// PythonFrames: the Python frames of the calling thread, read from the interpreter's own frame chain.
//
// The thread's own chain cannot change while this very thread is inside a hook, whether it holds the GIL or has let go
// of it for a long operation. Nothing of the interpreter is called but PyGILState_GetThisThreadState, which reads a
// thread-local. Supports CPython 3.11 to 3.15, and the free-threaded build of 3.13; of others the version is told, and
// their native frames remain.
#pragma once

#include <cstdint>

#include "native/trace/preload/cold_code.h"
#include "native/trace/preload/elf_symbols.h"
#include "native/trace/preload/python_layout.h"
#include "native/trace/preload/ring_writer.h"

namespace chunkmark::trace {

constexpr std::uint32_t kMaxPythonFrames = 256;
constexpr std::size_t kMaxFrameText = 2 * kMaxNameBytes + 2;

// One frame, as raw as it can be read quickly: what it is called is only looked up when its stack is new.
struct PythonFrame {
  const char* code;
  std::uint64_t instruction;  // index of the code unit
  std::uint64_t identity;     // tells a code object from a later one at the same address
  bool entry;                 // the interpreter was entered anew for it: it has a native frame of its own
};

// Trivial on purpose: it lives in memory that a fork wipes to zero.
class PythonFrames {
 public:
  // The calling thread's frames, innermost first; 0 without an interpreter in this process or a thread state.
  std::uint32_t read(PythonFrame* frames, std::uint32_t max);

  // Whether an interpreter was found.
  bool known() const { return get_thread_state_ != nullptr; }
  // Looks for an interpreter in a module that was met on a stack, and tells the slot if its frames cannot be read.
  void look_for_interpreter(const ElfSymbols& module, Slot& slot);

  // True if the return address lies in the interpreter's evaluation loop.
  bool is_evaluation(const void* address) const {
    const auto at = reinterpret_cast<std::uint64_t>(address);
    return evaluation_.holds(at) || evaluation_cold_.holds(at);
  }

  // The frame's number, which a record has told or now tells the launcher.
  // `text`: working memory of kMaxFrameText bytes.
  std::uint32_t number(RingWriter& ring, const PythonFrame& frame, char* text);

 private:
  // False if there is none; what is special about the interpreter is then added to the version.
  bool choose_layout(const ElfSymbols& module, std::uint32_t& version);
  bool read_layout(const ElfSymbols& module, std::uint32_t& version);
  std::uint32_t tell(RingWriter& ring, const PythonFrame& frame, char* text);

  using GetThreadState = void*();
  GetThreadState* get_thread_state_;  // null: no interpreter that is known
  PythonLayout layout_;
  CodeRange evaluation_, evaluation_cold_;
};

}  // namespace chunkmark::trace
