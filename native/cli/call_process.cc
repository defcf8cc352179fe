#include "native/cli/call_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/json_members.h"
#include "native/cli/serve_runs.h"
#include "native/os/places.h"
#include "report/profile_methods.h"

namespace chunkmark::cli {
namespace {

constexpr rlim_t kMaxMemoryBytes = rlim_t{4} << 30, kMaxCpuSeconds = 60;
constexpr std::chrono::seconds kMaxTime{120};
constexpr std::size_t kMaxAnswerBytes = 256 << 20;

struct Descriptor {
  explicit Descriptor(int opened, const char* what) : fd(opened) {
    if (fd < 0) throw Error(ErrorCode::kIo, std::string(what) + ": " + std::strerror(errno));
  }
  ~Descriptor() { close(fd); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

void fill(int fd, ByteView data) {
  while (!data.empty()) {
    const ssize_t written = write(fd, data.data(), data.size());
    if (written < 0) throw Error(ErrorCode::kIo, std::string("memory for a request: ") + std::strerror(errno));
    data = data.subspan(static_cast<std::size_t>(written));
  }
}

// What it says until it ends; empty if that takes too long, or is too much.
std::string answer_of(int fd, pid_t child) {
  const auto until = std::chrono::steady_clock::now() + kMaxTime;
  std::string answer;
  char part[1 << 16];
  while (answer.size() <= kMaxAnswerBytes) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd heard{fd, POLLIN, 0};
    if (left.count() <= 0 || poll(&heard, 1, static_cast<int>(left.count())) <= 0) break;
    const ssize_t got = read(fd, part, sizeof part);
    if (got == 0) return answer;
    if (got > 0) answer.append(part, static_cast<std::size_t>(got));
  }
  kill(child, SIGKILL);
  return {};
}

pid_t started(const std::string& request, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  const std::string program = os::own_program().string();
  const char* words[] = {program.c_str(), "answer-request", request.c_str(), nullptr};
  pid_t child = -1;
  const int failure = posix_spawn(&child, program.c_str(), &actions, nullptr, const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw Error(ErrorCode::kUnavailable, program + ": cannot be started: " + std::strerror(failure));
  return child;
}

// The code that a refusal tells.
std::optional<ErrorCode> error_of(const json::value& answer) {
  const json::value* error = answer.as_object().if_contains("error");
  if (error == nullptr) return std::nullopt;
  for (const ErrorCode code : {ErrorCode::kNotFound, ErrorCode::kConflict, ErrorCode::kCorrupt, ErrorCode::kUnsupported,
                               ErrorCode::kInvalidArgument, ErrorCode::kIo, ErrorCode::kCancelled}) {
    if (error_code_name(code) == std::string_view(error->at("code").as_string())) return code;
  }
  return ErrorCode::kUnavailable;
}

api::Response called(const std::string& request, ByteView data) {
  const Descriptor input(memfd_create("request", MFD_CLOEXEC), "memory for a request");
  fill(input.fd, data);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(ErrorCode::kIo, std::string("pipe: ") + std::strerror(errno));
  const Descriptor output(ends[0], "pipe");
  pid_t child = -1;
  {
    const Descriptor theirs(ends[1], "pipe");
    child = started(request, input.fd, theirs.fd);
  }
  std::string answer = answer_of(output.fd, child);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0 || answer.empty()) {
    return api::refuse(ErrorCode::kUnavailable, "the request took too much memory or time, or ended its process");
  }
  const auto error = answer.starts_with("{\"error\"") ? error_of(parse_json(answer, "answer")) : std::nullopt;
  return {std::move(answer), error};
}

}  // namespace

api::Response call_apart(const std::string& request, ByteView data) {
  try {
    return called(request, data);
  } catch (const Error& error) {
    return api::refuse(error.code(), error.what());
  } catch (const std::exception& error) {
    return api::refuse(ErrorCode::kUnavailable, error.what());
  }
}

void answer_apart(const std::string& request) {
  const auto limit = [](int resource, rlim_t most) {
    const rlimit both{most, most};
    setrlimit(static_cast<__rlimit_resource>(resource), &both);
  };
  limit(RLIMIT_AS, kMaxMemoryBytes);
  limit(RLIMIT_CPU, kMaxCpuSeconds);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  struct stat file {};
  void* bytes = nullptr;
  const std::size_t size = fstat(STDIN_FILENO, &file) == 0 ? static_cast<std::size_t>(file.st_size) : 0;
  if (size > 0) bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
  if (bytes == MAP_FAILED) throw Error(ErrorCode::kIo, std::string("standard input: ") + std::strerror(errno));
  api::MethodTable methods;
  report::add_profile_methods(methods);
  add_run_methods(methods);
  const api::Response response = api::handle(methods, request, {static_cast<const std::byte*>(bytes), size});
  std::fwrite(response.json.data(), 1, response.json.size(), stdout);
}

}  // namespace chunkmark::cli
