#include "native/trace/program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "native/trace/program_file.h"

namespace chunkmark::trace {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
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
  return kind_of_program_file(AT_FDCWD, path.c_str());
}

std::string untraceable_text(const std::string& path, ProgramKind kind) {
  return path + ": cannot be traced and runs untraced: it is " + reason_text(kind) + "; " + advice(kind);
}

}  // namespace chunkmark::trace
