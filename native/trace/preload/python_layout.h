// Where CPython keeps what a stack walk needs, by version. The only file that knows.
//
// 3.11 and 3.12 publish nothing, so their offsets (64-bit builds) stand here, as read off Include/cpython/pystate.h,
// Include/cpython/code.h and Include/internal/pycore_frame.h of those versions. From 3.13 on the interpreter publishes
// them itself (_Py_DebugOffsets, at the beginning of _PyRuntime).
#pragma once

#include <cstdint>

namespace chunkmark::trace {

struct PythonLayout {
  std::uint64_t thread_frame;  // PyThreadState -> the current frame, or the _PyCFrame that has it
  bool through_cframe;         // 3.11, 3.12
  std::uint64_t cframe_frame;  // _PyCFrame -> the current frame
  std::uint64_t frame_code, frame_previous, frame_instruction, frame_owner;
  std::uint64_t frame_is_entry;  // 3.11: a flag; 0 = the version marks entries by a frame of their own
  std::uint64_t code_filename, code_name, code_linetable, code_firstlineno, code_instructions;
  std::uint64_t text_length, text_state, text_ascii_bytes, text_compact_bytes;  // PyUnicodeObject
  std::uint64_t bytes_size, bytes_data;                                         // PyBytesObject
};

constexpr char kOwnedByCStack = 3;  // from 3.12 on: the frame that stands for a call of the interpreter from C

constexpr PythonLayout kPython311 = {56, true, 8, 32, 48, 56, 69, 68, 112, 120, 136, 72, 184, 16, 32, 48, 72, 16, 32};
constexpr PythonLayout kPython312 = {56, true, 0, 0, 8, 56, 70, 0, 112, 120, 136, 68, 192, 16, 32, 40, 56, 16, 32};

// The head of _Py_DebugOffsets as of 3.13; every member is a 64-bit number.
struct PythonDebugOffsets313 {
  char cookie[8];  // "xdebugpy"
  std::uint64_t version, free_threaded;
  std::uint64_t runtime_state[3];
  std::uint64_t interpreter_state[13];
  struct {
    std::uint64_t size, prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status;
  } thread_state;
  struct {
    std::uint64_t size, previous, executable, instr_ptr, localsplus, owner;
  } interpreter_frame;
  struct {
    std::uint64_t size, filename, name, qualname, linetable, firstlineno, argcount, localsplusnames, localspluskinds,
        co_code_adaptive;
  } code_object;
};

constexpr PythonLayout python_313(const PythonDebugOffsets313& offsets) {
  return {offsets.thread_state.current_frame,
          false,
          0,
          offsets.interpreter_frame.executable,
          offsets.interpreter_frame.previous,
          offsets.interpreter_frame.instr_ptr,
          offsets.interpreter_frame.owner,
          0,
          offsets.code_object.filename,
          offsets.code_object.name,
          offsets.code_object.linetable,
          offsets.code_object.firstlineno,
          offsets.code_object.co_code_adaptive,
          16,
          32,
          40,
          56,
          16,
          32};
}

}  // namespace chunkmark::trace
