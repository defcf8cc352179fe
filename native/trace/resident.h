// What the kernel says of a process's resident memory. Source: proc(5), /proc/PID/status.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace chunkmark::trace {

struct Resident {
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shared_bytes = 0;      // shared memory, the tracer's own ring among it
  std::uint64_t high_water_bytes = 0;  // of all three together, since the process began
};

// Empty if the process is gone (a zombie has no memory).
std::optional<Resident> read_resident(pid_t pid);

}  // namespace chunkmark::trace
