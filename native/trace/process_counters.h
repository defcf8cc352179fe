// What tells cheaply whether a process touched memory since the last look. Source: proc(5), /proc/PID/stat and statm.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace chunkmark::trace {

struct ProcessCounters {
  std::uint64_t faults = 0;           // page faults so far: without one no page is touched for the first time
  std::uint64_t anonymous_bytes = 0;  // resident
};

// Empty if the process is gone.
std::optional<ProcessCounters> read_counters(pid_t pid);

}  // namespace chunkmark::trace
