// On a terminal: which case of a study runs, in one line that is gone when it is done.
#pragma once

#include <unistd.h>

#include <cstdio>

#include "native/cli/text.h"
#include "study/host.h"

namespace chunkmark::cli {

class ProgressLine {
 public:
  ~ProgressLine() { clear(); }
  void tell(const study::Progress& progress) const {
    if (shown_) std::fprintf(stderr, "\r\033[K%zu/%zu %s", progress.done, progress.total, progress.doing.c_str());
  }
  void clear() const {
    if (shown_) std::fprintf(stderr, "\r\033[K");
  }

 private:
  bool shown_ = is_terminal(STDERR_FILENO);
};

}  // namespace chunkmark::cli
