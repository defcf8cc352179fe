#include "native/cli/folder_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"

namespace chunkmark::cli {
namespace {

constexpr char kRemove = 'r', kKeep = 'k';

[[noreturn]] void guard(int pipe_end, const std::filesystem::path& folder) {
  setsid();  // the terminal's signals are for the others
  for (const int signal_number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) signal(signal_number, SIG_IGN);
  dup2(pipe_end, STDIN_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  closefrom(STDERR_FILENO + 1);
  char word = kRemove;  // also when nobody is left to say anything
  while (read(STDIN_FILENO, &word, 1) < 0 && errno == EINTR) {
  }
  std::error_code ignored;
  if (word == kRemove) std::filesystem::remove_all(folder, ignored);
  _exit(0);
}

}  // namespace

FolderGuard::FolderGuard(std::filesystem::path folder) : folder_(std::move(folder)) {
  int ends[2];
  // What is started from here on inherits the end that is written to, so that the guard waits for it as well.
  if (pipe(ends) != 0) throw Error(ErrorCode::kIo, std::string("pipe: ") + std::strerror(errno));
  guard_ = fork();
  if (guard_ == 0) guard(ends[0], folder_);
  close(ends[0]);
  pipe_ = ends[1];
  if (guard_ < 0) {
    close(pipe_);
    throw Error(ErrorCode::kIo, std::string("fork: ") + std::strerror(errno));
  }
}

FolderGuard::~FolderGuard() {
  if (!kept_) tell(kRemove);
  close(pipe_);
  while (waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void FolderGuard::keep() {
  tell(kKeep);
  kept_ = true;
}

void FolderGuard::tell(char word) const {
  while (write(pipe_, &word, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace chunkmark::cli
