#include "native/trace/program_file.h"

#include <sys/stat.h>

#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {

constexpr int kMaxScripts = 4;  // a script's interpreter may be a script: as far as the kernel follows

// The kernel lets such a program act for another user, and the dynamic loader then keeps everything out of it.
bool gains_rights(int file, const struct stat& status) {
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != static_cast<uid_t>(sys_call(SYS_geteuid))) return true;
  if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
      status.st_gid != static_cast<gid_t>(sys_call(SYS_getegid))) {
    return true;
  }
  return sys_call(SYS_getuid) != 0 && sys_call(SYS_fgetxattr, file, "security.capability", nullptr, 0) > 0;
}

// `interpreter` gets the path of a script's.
ProgramKind look_at_file(int file, char* interpreter, std::size_t room) {
  struct stat status;
  if (sys_call(SYS_newfstatat, file, "", &status, AT_EMPTY_PATH) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size <= 0) {
    return ProgramKind::kUnknown;
  }
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* mapped = sys_map(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (mapped == nullptr) return ProgramKind::kUnknown;
  const Program program = look_at_program(static_cast<const unsigned char*>(mapped), bytes);
  ProgramKind kind = program.kind;
  if (kind == ProgramKind::kScript) {
    if (program.interpreter_bytes < room) {
      __builtin_memcpy(interpreter, program.interpreter, program.interpreter_bytes);
      interpreter[program.interpreter_bytes] = '\0';
    } else {
      kind = ProgramKind::kUnknown;
    }
  }
  sys_call(SYS_munmap, mapped, bytes);
  return kind == ProgramKind::kTraceable && gains_rights(file, status) ? ProgramKind::kSetUserId : kind;
}

}  // namespace

ProgramKind kind_of_program_file(int folder, const char* path) {
  char interpreter[256];
  ProgramKind kind = ProgramKind::kUnknown;
  for (int i = 0; i < kMaxScripts; ++i) {
    const bool is_folder = path[0] == '\0';
    const int file =
        is_folder ? folder : static_cast<int>(sys_call(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0));
    if (file < 0) return ProgramKind::kUnknown;
    kind = look_at_file(file, interpreter, sizeof interpreter);
    if (!is_folder) sys_call(SYS_close, file);
    if (kind != ProgramKind::kScript) return kind;
    folder = AT_FDCWD;
    path = interpreter;
  }
  return ProgramKind::kUnknown;
}

}  // namespace chunkmark::trace
