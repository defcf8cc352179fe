// Whether a stream hands its bytes to the kernel: streams over memory, or over the program's own functions, do not.
#pragma once

#include <errno.h>
#include <stdio.h>

namespace chunkmark::trace {

inline bool is_file(FILE* file) {
  const int error = errno;
  const bool has_number = fileno(file) >= 0;
  errno = error;
  return has_number;
}

}  // namespace chunkmark::trace
