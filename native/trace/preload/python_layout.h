// Where CPython keeps what a stack walk needs, by version. The only file that knows.
//
// 3.11 and 3.12 publish nothing, so their offsets (64-bit builds) stand here, as read off Include/cpython/pystate.h,
// Include/cpython/code.h and Include/internal/pycore_frame.h of those versions. From 3.13 on the interpreter publishes
// them itself (_Py_DebugOffsets, at the beginning of _PyRuntime); what stands here is where in that table they are.
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
  std::uint64_t code_tags;  // bits of a frame's reference to its code that are no address
};

// From 3.12 on frames with this owner, or one beyond it, stand for a call of the interpreter from C.
constexpr char kOwnedByInterpreter = 3;

constexpr PythonLayout kPython311 = {56,  true, 8,   32, 48, 56, 69, 68, 112, 120,
                                     136, 72,   184, 16, 32, 48, 72, 16, 32,  0};
constexpr PythonLayout kPython312 = {56, true, 0, 0, 8, 56, 70, 0, 112, 120, 136, 68, 192, 16, 32, 40, 56, 16, 32, 0};

// _Py_DebugOffsets: a head, then groups of 64-bit numbers, one group for a structure of the interpreter.
struct PythonDebugOffsets {
  char cookie[8];         // "xdebugpy"
  std::uint64_t version;  // PY_VERSION_HEX
  std::uint64_t free_threaded;
};

// Where a version's groups begin, in 64-bit numbers from the head's first. The members that are read have the same
// places within their groups in all of these versions, and the structures of the free-threaded build of 3.13 differ in
// nothing that this table does not tell. Those of 3.14 and later keep bytecode for each thread: they are not read.
struct PythonOffsetGroups {
  std::uint32_t version;  // as Py_Version >> 16 has it
  std::uint32_t thread_state, interpreter_frame, code_object, bytes_object, unicode_object;
  std::uint64_t code_tags;
  bool free_threaded;  // whether that build can be read too
};

constexpr PythonOffsetGroups kPythonOffsetGroups[] = {
    {0x030d, 19, 28, 34, 64, 67, 0, true},
    {0x030e, 22, 31, 39, 74, 77, 3, false},
    {0x030f, 22, 39, 47, 86, 89, 3, false},
};

constexpr PythonLayout layout_of(const std::uint64_t* offsets, const PythonOffsetGroups& groups) {
  const std::uint64_t* thread = offsets + groups.thread_state;
  const std::uint64_t* frame = offsets + groups.interpreter_frame;
  const std::uint64_t* code = offsets + groups.code_object;
  const std::uint64_t* bytes = offsets + groups.bytes_object;
  const std::uint64_t* text = offsets + groups.unicode_object;
  constexpr std::uint64_t kUtf8Bytes = 16;  // what a str that is not ASCII has more: its UTF-8 and the length of that
  PythonLayout layout{};
  layout.thread_frame = thread[4];
  layout.frame_previous = frame[1];
  layout.frame_code = frame[2];
  layout.frame_instruction = frame[3];
  layout.frame_owner = frame[5];
  layout.code_filename = code[1];
  layout.code_name = code[2];
  layout.code_linetable = code[4];
  layout.code_firstlineno = code[5];
  layout.code_instructions = code[9];
  layout.bytes_size = bytes[1];
  layout.bytes_data = bytes[2];
  layout.text_state = text[1];
  layout.text_length = text[2];
  layout.text_ascii_bytes = text[3];
  layout.text_compact_bytes = text[3] + kUtf8Bytes;
  layout.code_tags = groups.code_tags;
  return layout;
}

}  // namespace chunkmark::trace
