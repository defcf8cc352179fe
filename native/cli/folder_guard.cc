#include "native/cli/folder_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "base/error.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kIsThere = 't', kRemove = 'r', kKeep = 'k';

void write_word(int end, char word) {
  while (write(end, &word, 1) < 0 && errno == EINTR) {
  }
}

// `word` where nobody is left to say anything.
char read_word(int end, char word) {
  while (read(end, &word, 1) < 0 && errno == EINTR) {
  }
  return word;
}

std::vector<fs::path> missing_above(const fs::path& folder) {
  std::vector<fs::path> missing;
  for (fs::path above = folder.parent_path(); !above.empty() && !fs::exists(above); above = above.parent_path()) {
    missing.push_back(above);
  }
  return missing;
}

}  // namespace

void FolderGuard::remove_all() const {
  std::error_code failure;
  fs::remove_all(folder_, failure);
  for (const fs::path& above : missing_) fs::remove(above, failure);  // only an empty folder
}

void FolderGuard::guard(int end) const {
  setsid();  // the terminal's signals are for the others
  for (const int signal_number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) signal(signal_number, SIG_IGN);
  write_word(end, kIsThere);
  dup2(end, STDIN_FILENO);
  if (const int nowhere = open("/dev/null", O_WRONLY); nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
  }
  closefrom(STDERR_FILENO + 1);
  if (read_word(STDIN_FILENO, kRemove) == kRemove) remove_all();
  _exit(0);
}

FolderGuard::FolderGuard(const fs::path& folder) : folder_(fs::absolute(folder)), missing_(missing_above(folder_)) {
  int ends[2];
  // What is started from here on inherits the end that is written to, so that the guard waits for it as well.
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
    throw Error(ErrorCode::kIo, std::string("socketpair: ") + std::strerror(errno));
  }
  guard_ = fork();
  if (guard_ == 0) guard(ends[0]);
  close(ends[0]);
  end_ = ends[1];
  // A signal to the whole group ends a guard that does not ignore it yet: no folder is made before it does.
  if (guard_ > 0 && read_word(end_, kRemove) == kIsThere) return;
  const std::string reason = guard_ < 0 ? std::strerror(errno) : "it ended at once";
  close(end_);
  throw Error(ErrorCode::kIo, folder_.string() + ": no process can guard this folder: " + reason);
}

FolderGuard::~FolderGuard() {
  if (!kept_) write_word(end_, kRemove);
  close(end_);
  while (waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void FolderGuard::make() const {
  fs::create_directories(folder_.parent_path());
  if (mkdir(folder_.c_str(), S_IRWXU) != 0) {
    throw Error(ErrorCode::kIo, folder_.string() + ": cannot make this folder: " + std::strerror(errno));
  }
}

fs::path new_folder_name(const fs::path& parent) {
  std::random_device random;
  char name[64];
  std::snprintf(name, sizeof name, "chunkmark-%08x%08x", random(), random());
  return parent / name;
}

void FolderGuard::keep() {
  write_word(end_, kKeep);
  kept_ = true;
}

}  // namespace chunkmark::cli
