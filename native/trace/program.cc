#include "native/trace/program.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.h"

namespace chunkmark::trace {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

// False only for an ELF program without an interpreter. A script's interpreter is found by the kernel, and checked by
// nobody here: if it does not attach, the launcher says so afterwards.
bool has_dynamic_loader(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!file || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return true;
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return true;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    file.seekg(static_cast<std::streamoff>(header.e_phoff) + i * std::streamoff{header.e_phentsize});
    file.read(reinterpret_cast<char*>(&segment), sizeof segment);
    if (!file) return true;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
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

void check_traceable(const std::string& program) {
  struct stat status;
  if (stat(program.c_str(), &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0 &&
      status.st_uid != geteuid()) {
    throw Error(ErrorCode::kUnsupported,
                program +
                    ": is set-user-ID or set-group-ID, and the dynamic loader keeps tracers out of such programs; "
                    "trace it as its owner");
  }
  if (!has_dynamic_loader(program)) {
    throw Error(ErrorCode::kUnsupported,
                program + ": is statically linked, and a preload library cannot enter it; link it dynamically");
  }
}

}  // namespace chunkmark::trace
