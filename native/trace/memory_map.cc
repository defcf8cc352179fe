#include "native/trace/memory_map.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace chunkmark::trace {

// Of each mapping a line "begin-end rwxp offset major:minor inode      path", then lines "Name:  1234 kB". Memory
// without a name right behind a library's writable pages is most often its zero-initialised data.
std::vector<capture::MappedRange> read_memory_map(pid_t pid, std::uint64_t min_bytes) {
  std::vector<capture::MappedRange> ranges;
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps");
  capture::MappedRange range{};
  bool writable = false;
  for (std::string line; std::getline(file, line);) {
    std::uint64_t begin = 0, end = 0, kilobytes = 0;
    int name_at = 0;
    char access[8] = "";
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %n", &begin, &end, access, &name_at) == 3) {
      std::string name = name_at > 0 ? line.substr(static_cast<std::size_t>(name_at)) : "";
      if (name.empty() && writable && begin == range.end && range.name.rfind('/', 0) == 0)
        name = "memory right behind " + range.name;
      writable = access[1] == 'w';
      range = {begin, end, 0, std::move(name)};
    } else if (std::sscanf(line.c_str(), "Anonymous: %" SCNu64 " kB", &kilobytes) == 1) {
      range.anonymous_bytes = kilobytes * 1024;
      if (range.anonymous_bytes >= min_bytes) ranges.push_back(range);
    }
  }
  return ranges;
}

}  // namespace chunkmark::trace
