// Programs that are about to be started: each is looked at first (child_program.h).
//
// What the C library starts by itself (system, popen) is its shell, which is traced and whose own children pass here.

#include <fcntl.h>

#include "native/trace/preload/child_program.h"
#include "native/trace/preload/next.h"
#include "native/trace/system_calls.h"

extern char** environ;

using chunkmark::trace::ChildProgram;

namespace {

// Replaces this program; comes back only if that failed.
template <typename Execute>
int replace(ChildProgram& program, Execute execute) {
  program.tell(static_cast<pid_t>(chunkmark::trace::sys_call(SYS_getpid)));
  const int failure = execute(program.variables());
  const int error = errno;
  program.withdraw();
  errno = error;
  return failure;
}

int execute_path(const char* path, char* const* arguments, char* const* variables) {
  ChildProgram program(AT_FDCWD, path, variables, path);
  return replace(program, [&](char* const* its) { return NEXT(execve)(path, arguments, its); });
}

int execute_name(const char* name, char* const* arguments, char* const* variables) {
  ChildProgram program = ChildProgram::by_name(name, variables);
  return replace(program, [&](char* const* its) { return NEXT(execvpe)(name, arguments, its); });
}

int count_arguments(va_list list) {
  int count = 1;
  while (va_arg(list, char*) != nullptr) ++count;
  return count;
}

}  // namespace

CHUNKMARK_HOOK int execve(const char* path, char* const* arguments, char* const* variables) noexcept {
  return execute_path(path, arguments, variables);
}
CHUNKMARK_HOOK int execv(const char* path, char* const* arguments) noexcept {
  return execute_path(path, arguments, environ);
}
CHUNKMARK_HOOK int execvpe(const char* name, char* const* arguments, char* const* variables) noexcept {
  return execute_name(name, arguments, variables);
}
CHUNKMARK_HOOK int execvp(const char* name, char* const* arguments) noexcept {
  return execute_name(name, arguments, environ);
}

// The arguments of a call as an array on the stack, as the C library has it: ends in null.
#define CHUNKMARK_COLLECT(first)                                                         \
  va_list list;                                                                          \
  va_start(list, first);                                                                 \
  va_list counted;                                                                       \
  va_copy(counted, list);                                                                \
  const int count = count_arguments(counted);                                            \
  va_end(counted);                                                                       \
  char** arguments = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  arguments[0] = const_cast<char*>(first);                                               \
  for (int i = 1; i <= count; ++i) arguments[i] = va_arg(list, char*)

CHUNKMARK_HOOK int execl(const char* path, const char* argument, ...) noexcept {
  CHUNKMARK_COLLECT(argument);
  va_end(list);
  return execute_path(path, arguments, environ);
}
CHUNKMARK_HOOK int execlp(const char* name, const char* argument, ...) noexcept {
  CHUNKMARK_COLLECT(argument);
  va_end(list);
  return execute_name(name, arguments, environ);
}
CHUNKMARK_HOOK int execle(const char* path, const char* argument, ...) noexcept {
  CHUNKMARK_COLLECT(argument);
  char** variables = va_arg(list, char**);
  va_end(list);
  return execute_path(path, arguments, variables);
}

CHUNKMARK_HOOK int fexecve(int file, char* const* arguments, char* const* variables) noexcept {
  ChildProgram program(file, "", variables, "(an open file)");
  return replace(program, [&](char* const* its) { return NEXT(fexecve)(file, arguments, its); });
}
CHUNKMARK_HOOK int execveat(int folder, const char* path, char* const* arguments, char* const* variables,
                            int flags) noexcept {
  ChildProgram program(folder, path, variables, path);
  return replace(program, [&](char* const* its) { return NEXT(execveat)(folder, path, arguments, its, flags); });
}

CHUNKMARK_HOOK int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const* arguments, char* const* variables) {
  ChildProgram program(AT_FDCWD, path, variables, path);
  pid_t child = 0;
  const int failure = NEXT(posix_spawn)(&child, path, actions, attributes, arguments, program.variables());
  if (failure == 0) program.tell(child);
  if (failure == 0 && pid != nullptr) *pid = child;
  return failure;
}
CHUNKMARK_HOOK int posix_spawnp(pid_t* pid, const char* name, const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const* arguments, char* const* variables) {
  ChildProgram program = ChildProgram::by_name(name, variables);
  pid_t child = 0;
  const int failure = NEXT(posix_spawnp)(&child, name, actions, attributes, arguments, program.variables());
  if (failure == 0) program.tell(child);
  if (failure == 0 && pid != nullptr) *pid = child;
  return failure;
}
