#include "native/study/timed_process.h"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace chunkmark::native_study {

// One socket is the child's standard input and output, so that a child that has died is an error here and not a signal.
TimedProcess::TimedProcess(std::string name, const std::vector<std::string>& command) : name_(std::move(name)) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw Error(ErrorCode::kIo, std::string("socketpair: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int failure = posix_spawnp(&child_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  socket_ = ends[0];
  if (failure != 0) {
    close(socket_);
    throw Error(ErrorCode::kIo, command[0] + ": cannot be started: " + std::strerror(failure));
  }
}

TimedProcess::~TimedProcess() {
  close(socket_);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

json::object TimedProcess::call() {
  std::string answer;
  ssize_t got = send(socket_, "\n", 1, MSG_NOSIGNAL);
  char buffer[1024];
  while (got > 0 && (answer.empty() || answer.back() != '\n')) {
    got = recv(socket_, buffer, sizeof buffer, 0);
    if (got > 0) answer.append(buffer, static_cast<std::size_t>(got));
  }
  if (got <= 0) throw Error(ErrorCode::kIo, name_ + ": the timed process ended without an answer");
  const json::value value = parse_json(answer, name_);
  if (!value.is_object()) throw Error(ErrorCode::kIo, name_ + ": expected an object, found " + answer);
  return value.get_object();
}

}  // namespace chunkmark::native_study
