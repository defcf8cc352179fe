#include "native/trace/memory_map.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace chunkmark::trace {

// Of each mapping a line "begin-end rwxp offset major:minor inode      path", then lines "Name:  1234 kB".
std::vector<capture::MappedRange> read_memory_map(pid_t pid, std::uint64_t min_bytes) {
  std::vector<capture::MappedRange> ranges;
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps");
  capture::MappedRange range{};
  for (std::string line; std::getline(file, line);) {
    std::uint64_t begin = 0, end = 0, kilobytes = 0;
    int name_at = 0;
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &begin, &end, &name_at) == 2) {
      range = {begin, end, 0, name_at > 0 ? line.substr(static_cast<std::size_t>(name_at)) : ""};
    } else if (std::sscanf(line.c_str(), "Anonymous: %" SCNu64 " kB", &kilobytes) == 1) {
      range.anonymous_bytes = kilobytes * 1024;
      if (range.anonymous_bytes >= min_bytes) ranges.push_back(range);
    }
  }
  return ranges;
}

}  // namespace chunkmark::trace
