// ChildProgram: a program that the traced process is about to start, looked at beforehand.
//
// Where the preload library cannot enter, the launcher is told; where the program's loader would choke on the library,
// it is also taken out of the environment, so that the program runs as if untraced. Other programs keep it: a static
// one may start some that can be traced. System calls only, for a child of vfork uses it too, in its parent's memory.
#pragma once

#include <sys/types.h>

#include "native/trace/program_kind.h"
#include "native/trace/ring.h"

namespace chunkmark::trace {

class ChildProgram {
 public:
  // By path, seen from `folder` (a file descriptor, or AT_FDCWD); an empty path is the folder's file itself.
  // `name` is what it is called by when it is told.
  ChildProgram(int folder, const char* path, char* const* variables, const char* name);
  // By name: itself if it has a slash, else the first of that name in PATH.
  static ChildProgram by_name(const char* name, char* const* variables);
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  char* const* variables() const { return variables_; }
  // It starts in process `pid`, or did not start after all.
  void tell(pid_t pid);
  void withdraw();

 private:
  void take_library_out();

  char* const* variables_;
  ProgramKind kind_;
  const char* name_;
  void* own_ = nullptr;  // memory of the environment without the library
  std::size_t own_bytes_ = 0;
  UntracedProgram* told_ = nullptr;
};

}  // namespace chunkmark::trace
