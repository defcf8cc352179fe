#include "native/trace/program.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "native/os/files.h"

namespace chunkmark::trace {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// The kernel lets such a program act for another user, and the dynamic loader then keeps everything out of it.
bool gains_rights(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return false;
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid()) return true;
  if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && status.st_gid != getegid()) return true;
  return getuid() != 0 && getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

const char* advice(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kStatic:
      return "link it dynamically";
    case ProgramKind::kOtherLoader:
      return "build it for the GNU C library";
    case ProgramKind::kSanitized:
      return "build it without the sanitizer";
    case ProgramKind::kSetUserId:
      return "run the tracer as the program's owner, or trace a copy of it without these rights";
    default:
      return "build it for this machine's own processor and width";
  }
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_executable_file(name)) return name;
    throw Error(ErrorCode::kNotFound, name + ": not an executable file");
  }
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= rest.size();) {
    std::size_t end = rest.find(':', begin);
    if (end == std::string::npos) end = rest.size();
    const std::string folder = end > begin ? rest.substr(begin, end - begin) : ".";
    if (is_executable_file(folder + "/" + name)) return folder + "/" + name;
    begin = end + 1;
  }
  throw Error(ErrorCode::kNotFound, name + ": no such command in PATH");
}

ProgramKind kind_of_program(const std::string& path) {
  constexpr int kMaxScripts = 4;  // as far as the kernel follows
  std::string file = path;
  for (int i = 0; i < kMaxScripts; ++i) {
    try {
      const os::MappedFile mapped(file);
      const Program program =
          look_at_program(reinterpret_cast<const unsigned char*>(mapped.bytes().data()), mapped.bytes().size());
      if (program.kind == ProgramKind::kTraceable && gains_rights(file)) return ProgramKind::kSetUserId;
      if (program.kind != ProgramKind::kScript) return program.kind;
      file = std::string(program.interpreter, program.interpreter_bytes);
    } catch (const Error&) {  // may be run, but not read
      return ProgramKind::kUnknown;
    }
  }
  return ProgramKind::kUnknown;
}

std::string untraceable_text(const std::string& path, ProgramKind kind) {
  return path + ": cannot be traced and runs untraced: it is " + reason_text(kind) + "; " + advice(kind);
}

}  // namespace chunkmark::trace
