// Runs a program to its end and keeps what it prints on standard output.
#pragma once

#include <string>
#include <vector>

namespace chunkmark::native_study {

struct ChildOutput {
  int exit_status = 0;  // 128 + signal if it was killed
  std::string out;
};

// Standard error stays ours. Errors: kIo if it cannot be started.
ChildOutput run_child(const std::vector<std::string>& command);

}  // namespace chunkmark::native_study
