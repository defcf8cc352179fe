#include "native/cli/study_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "native/trace/process_counters.h"

namespace chunkmark::cli {
namespace {

constexpr int kProgressFd = 3;
constexpr std::size_t kMaxSaidBytes = 4 << 10;
constexpr std::chrono::seconds kPatience{3};  // between being asked to end and being ended

struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw Error(ErrorCode::kIo, std::string("pipe: ") + strerror(errno));
  }
  ~Pipe() { close(ends[1]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int ends[2] = {-1, -1};
};

}  // namespace

StudyProcess::StudyProcess(const std::vector<std::string>& command) {
  const Pipe progress, errors;
  progress_ = progress.ends[0];
  errors_ = errors.ends[0];
  fcntl(progress.ends[1], F_SETFL, 0);  // the child's ends wait
  fcntl(errors.ends[1], F_SETFL, 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors.ends[1], STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, progress.ends[1], kProgressFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kProgressFd + 1);  // the server's connections are not the child's
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int failure = posix_spawn(&child_, words[0], &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure == 0) return;
  close(progress_);
  close(errors_);
  throw Error(ErrorCode::kIo, command[0] + ": cannot be started: " + std::strerror(failure));
}

StudyProcess::~StudyProcess() {
  if (child_ > 0) {
    end(SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close(progress_);
  close(errors_);
}

int StudyProcess::wait(const std::function<void(const std::string& line)>& hear, const std::function<bool()>& goes_on) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point killed = Clock::time_point::max();
  bool is_asked = false;
  while (true) {
    pollfd heard[] = {{progress_, POLLIN, 0}, {errors_, POLLIN, 0}};
    poll(heard, 2, 100);
    const bool has_hung_up = ((heard[0].revents | heard[1].revents) & POLLHUP) != 0;
    if (has_hung_up) std::this_thread::sleep_for(std::chrono::milliseconds(10));  // poll no longer waits
    read_both(hear);
    int status = 0;
    if (waitpid(child_, &status, WNOHANG) == child_) {
      read_both(hear);
      end(SIGKILL);  // what it has left behind
      child_ = -1;
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (!is_asked && !goes_on()) {
      is_asked = true;
      killed = Clock::now() + kPatience;
      end(SIGTERM);
    }
    if (Clock::now() >= killed) end(SIGKILL);
  }
}

void StudyProcess::read_both(const std::function<void(const std::string& line)>& hear) {
  char part[4096];
  for (ssize_t got; (got = read(errors_, part, sizeof part)) > 0;) {
    said_.append(part, static_cast<std::size_t>(got));
    if (said_.size() > kMaxSaidBytes) said_.erase(0, said_.size() - kMaxSaidBytes);
  }
  for (ssize_t got; (got = read(progress_, part, sizeof part)) > 0;)
    partial_.append(part, static_cast<std::size_t>(got));
  for (std::size_t end; (end = partial_.find('\n')) != std::string::npos; partial_.erase(0, end + 1)) {
    hear(partial_.substr(0, end));
  }
}

std::uint64_t StudyProcess::held_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());  // 0 where it is no process
    if (pid <= 0 || getpgid(pid) != child_) continue;
    if (const auto counters = trace::read_counters(pid)) bytes += counters->anonymous_bytes;
  }
  return bytes;
}

void StudyProcess::end(int signal) const {
  kill(-child_, signal);
}

}  // namespace chunkmark::cli
