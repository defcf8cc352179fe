#include "native/trace/process_counters.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "native/trace/pagemap.h"

namespace chunkmark::trace {
namespace {

// Empty if there is no such process.
std::string read_file(pid_t pid, const char* name) {
  const int file = open(("/proc/" + std::to_string(pid) + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  char text[1024];
  const ssize_t got = ::read(file, text, sizeof text);
  close(file);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

std::optional<ProcessCounters> read_counters(pid_t pid) {
  ProcessCounters counters;
  const std::string stat = read_file(pid, "/stat");
  const std::size_t name_end = stat.rfind(')');  // a name may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  unsigned long long minor = 0, major = 0;  // fields 10 and 12
  if (std::sscanf(stat.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &minor, &major) != 2) {
    return std::nullopt;
  }
  counters.faults = minor + major;
  unsigned long long resident = 0, shared = 0;  // pages; shared: of files and of shared memory
  if (std::sscanf(read_file(pid, "/statm").c_str(), "%*u %llu %llu", &resident, &shared) != 2) return std::nullopt;
  counters.anonymous_bytes = (resident - (shared < resident ? shared : resident)) * page_bytes();
  return counters;
}

}  // namespace chunkmark::trace
