// What a process has mapped, with its resident anonymous memory. Source: proc(5), /proc/PID/smaps, which takes 25 ms
// per GiB that is resident: for rare looks.
#pragma once

#include <sys/types.h>

#include <vector>

#include "instrument/capture/event.h"

namespace chunkmark::trace {

// The mappings with at least `min_bytes` of anonymous memory resident. Empty if the process is gone.
std::vector<capture::MappedRange> read_memory_map(pid_t pid, std::uint64_t min_bytes);

}  // namespace chunkmark::trace
