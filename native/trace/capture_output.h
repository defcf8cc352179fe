// The file that a launcher writes its capture to.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"

namespace chunkmark::trace {

// Owns the file. Errors: kConflict while another trace writes it; kIo with what the system says, as of a full disk.
class CaptureOutput {
 public:
  explicit CaptureOutput(std::string path) : path_(std::move(path)) {
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail();
    if (flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(file_);
      throw Error(ErrorCode::kConflict, path_ + ": another trace is writing this capture");
    }
    if (ftruncate(file_, 0) != 0 && errno != EINVAL) fail();  // EINVAL: a pipe or a device
  }
  ~CaptureOutput() { close(file_); }
  CaptureOutput(const CaptureOutput&) = delete;
  CaptureOutput& operator=(const CaptureOutput&) = delete;

  void append(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t put = write(file_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
  }

 private:
  [[noreturn]] void fail() const { throw Error(ErrorCode::kIo, path_ + ": cannot write: " + std::strerror(errno)); }
  std::string path_;
  int file_;
};

// A file that may not grow is then an error with a message, not a death. The command has the signal as it was.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() : before_(signal(SIGXFSZ, SIG_IGN)) {}
  ~NoFileSizeSignal() { restore(); }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;
  void restore() const { signal(SIGXFSZ, before_); }

 private:
  void (*before_)(int);
};

}  // namespace chunkmark::trace
