#include "native/trace/preload/child_program.h"

#include <string.h>

#include "native/trace/preload/recorder.h"
#include "native/trace/program_file.h"
#include "native/trace/system_calls.h"

extern char** environ;

namespace chunkmark::trace {
namespace {

constexpr char kPreload[] = "LD_PRELOAD=";
constexpr char kLibrary[] = "libchunkmark-preload.so";

bool begins(const char* text, const char* with) {
  return strncmp(text, with, strlen(with)) == 0;
}

bool is_ring(const char* variable) {
  constexpr std::size_t kLength = sizeof kRingVariable - 1;
  return strncmp(variable, kRingVariable, kLength) == 0 && variable[kLength] == '=';
}

// The file that a name starts, as the C library looks for it. Into `path`; the name itself if there is none.
const char* find_in_path(const char* name, char* path, std::size_t room) {
  if (strchr(name, '/') != nullptr) return name;
  const char* folders = "/bin:/usr/bin";
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (begins(*entry, "PATH=")) folders = *entry + 5;
  }
  const std::size_t length = strlen(name);
  for (const char* begin = folders;; ++begin) {
    std::size_t bytes = 0;
    while (begin[bytes] != '\0' && begin[bytes] != ':') ++bytes;
    if (bytes + length + 2 <= room) {
      __builtin_memcpy(path, begin, bytes);
      std::size_t at = bytes;
      if (bytes > 0) path[at++] = '/';
      __builtin_memcpy(path + at, name, length + 1);
      if (sys_call(SYS_faccessat, AT_FDCWD, path, X_OK) == 0) return path;
    }
    begin += bytes;
    if (*begin == '\0') return name;
  }
}

bool has_library(char* const* variables) {
  bool has_preload = false, has_ring = false;
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    has_preload |= begins(*variables, kPreload) && strstr(*variables, kLibrary) != nullptr;
    has_ring |= is_ring(*variables);
  }
  return has_preload && has_ring;
}

// LD_PRELOAD without the tracer's library. Nothing is left: an empty text.
void copy_without_library(const char* variable, char* out) {
  char* const start = out;
  out = static_cast<char*>(memcpy(out, kPreload, sizeof kPreload - 1)) + sizeof kPreload - 1;
  char* const first = out;
  for (const char* begin = variable + sizeof kPreload - 1; *begin != '\0';) {
    std::size_t bytes = 0;
    while (begin[bytes] != '\0' && begin[bytes] != ':' && begin[bytes] != ' ') ++bytes;
    constexpr std::size_t kLength = sizeof kLibrary - 1;
    const bool is_own = bytes >= kLength && strncmp(begin + bytes - kLength, kLibrary, kLength) == 0;
    if (bytes > 0 && !is_own) {
      if (out != first) *out++ = ':';
      out = static_cast<char*>(memcpy(out, begin, bytes)) + bytes;
    }
    begin += bytes;
    if (*begin != '\0') ++begin;
  }
  *(out == first ? start : out) = '\0';
}

}  // namespace

ChildProgram::ChildProgram(int folder, const char* path, char* const* variables, const char* name)
    : variables_(variables), kind_(kind_of_program_file(folder, path)), name_(name) {
  if (refuses_library(kind_)) {
    take_library_out();
  } else if (reason_text(kind_) == nullptr && shared_control() != nullptr && !has_library(variables)) {
    kind_ = ProgramKind::kNoEnvironment;
  }
}

ChildProgram ChildProgram::by_name(const char* name, char* const* variables) {
  char path[512];
  return {AT_FDCWD, find_in_path(name, path, sizeof path), variables, name};
}

ChildProgram::~ChildProgram() {
  if (own_ != nullptr) sys_call(SYS_munmap, own_, own_bytes_);
}

void ChildProgram::take_library_out() {
  std::size_t count = 0, text_bytes = 1;
  for (char* const* entry = variables_; entry != nullptr && *entry != nullptr; ++entry, ++count) {
    if (begins(*entry, kPreload)) text_bytes += strlen(*entry) + 1;
  }
  own_bytes_ = (count + 1) * sizeof(char*) + text_bytes;
  own_ = sys_map(nullptr, own_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own_ == nullptr) return;
  auto** out = static_cast<char**>(own_);
  char* text = reinterpret_cast<char*>(out + count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    if (is_ring(variables_[i])) continue;
    if (!begins(variables_[i], kPreload)) {
      *out++ = variables_[i];
      continue;
    }
    copy_without_library(variables_[i], text);
    if (*text != '\0') *out++ = text;
    text += strlen(text) + 1;
  }
  variables_ = static_cast<char**>(own_);
}

void ChildProgram::tell(pid_t pid) {
  Control* control = shared_control();
  if (control == nullptr || reason_text(kind_) == nullptr) return;
  const std::uint32_t i = control->untraced.fetch_add(1);
  if (i >= kUntracedPrograms) return;
  UntracedProgram& program = control->untraced_programs[i];
  program.kind = static_cast<std::uint32_t>(kind_);
  program.pid = pid;
  const std::size_t length = strlen(name_), kept = length < sizeof program.path - 1 ? length : sizeof program.path - 1;
  memcpy(program.path, name_ + (length - kept), kept);  // its end tells more than its beginning
  program.path[kept] = '\0';
  program.told.store(1, std::memory_order_release);
  told_ = &program;
}

void ChildProgram::withdraw() {
  if (told_ == nullptr) return;
  told_->told.store(0, std::memory_order_release);
  shared_control()->withdrawn.fetch_add(1);
  told_ = nullptr;
}

}  // namespace chunkmark::trace
