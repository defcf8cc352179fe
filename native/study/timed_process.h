// TimedProcess: a process that repeats one storage call whenever it is asked to, and tells how long that took. Several
// of them, asked in turn, meet the machine in the same state; while it is not asked it waits, and costs nothing.
//
// Protocol: a line on its standard input for each call; the answer is one JSON object in one line, {"seconds": elapsed,
// "processor": of all its threads, ...}. At the end of its input it ends. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/json.h"

namespace chunkmark::native_study {

class TimedProcess {
 public:
  // `name` is for messages. Errors: kIo if it cannot be started.
  TimedProcess(std::string name, const std::vector<std::string>& command);
  ~TimedProcess();
  TimedProcess(const TimedProcess&) = delete;
  TimedProcess& operator=(const TimedProcess&) = delete;

  // One more call. Errors: kIo if the process has ended.
  json::object call();

 private:
  std::string name_;
  pid_t child_ = -1;
  int socket_ = -1;
};

}  // namespace chunkmark::native_study
