// StudyProcess: a command of this program that runs beside it, in a process group of its own. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace chunkmark::cli {

class StudyProcess {
 public:
  // Its descriptor 3 is heard, line by line. Errors: kIo if it cannot be started.
  explicit StudyProcess(const std::vector<std::string>& command);
  // Ends it, with all that it has started, if it has not ended.
  ~StudyProcess();
  StudyProcess(const StudyProcess&) = delete;
  StudyProcess& operator=(const StudyProcess&) = delete;

  // Waits for its end, hearing each line on the way; whenever nothing is heard, and at least every tenth of a second,
  // `goes_on` is asked. Returns the exit status, 128 + signal if it was killed.
  int wait(const std::function<void(const std::string& line)>& hear, const std::function<bool()>& goes_on);

  // Resident memory that is no file's, of all that it has started and of itself.
  std::uint64_t held_bytes() const;

  // The last lines that it has said on standard error.
  const std::string& said() const { return said_; }

 private:
  void read_both(const std::function<void(const std::string& line)>& hear);
  void end(int signal) const;

  pid_t child_ = -1;
  int progress_ = -1, errors_ = -1;
  std::string partial_, said_;
};

}  // namespace chunkmark::cli
