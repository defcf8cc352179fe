#include "native/trace/launcher.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "instrument/capture/capture_format.h"
#include "native/os/places.h"
#include "native/os/utc_time.h"
#include "native/trace/capture_output.h"
#include "native/trace/frame_naming.h"
#include "native/trace/own_allocator.h"
#include "native/trace/process_drain.h"
#include "native/trace/program.h"
#include "native/trace/resident_sampler.h"
#include "native/trace/shared_ring.h"
#include "native/trace/signal_relay.h"

namespace chunkmark::trace {
namespace {

// Between two drains, unless a ring has filled by kBusyBytes meanwhile: to chase each record costs both sides more.
constexpr auto kPause = std::chrono::microseconds(500);
constexpr std::uint64_t kBusyBytes = kRingBytes / 16;
constexpr std::uint64_t kFlushIntervalNs = 1'000'000'000;  // what a killed launcher may lose
constexpr std::uint64_t kHousekeepingIntervalNs = 100'000'000;
constexpr std::size_t kMaxUntracedTold = 1000;

constexpr auto kNamingInterval = std::chrono::milliseconds(100);  // from one look at signals to the next
constexpr auto kNamingGrace = std::chrono::seconds(1);            // for names when a signal has come
constexpr auto kQuietNaming = std::chrono::seconds(1);            // before its progress is told

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string python_version(std::uint32_t version) {
  if (version == kPythonBefore311) return "before 3.11";
  const std::string number = std::to_string(version >> 8 & 255) + "." + std::to_string(version & 255);
  return number + ((version & kPythonFreeThreaded) != 0 ? ", free-threaded," : "");
}

// From which size on buffers are looked at: the parts in which an array is fetched are eighths at least.
std::uint64_t fingerprint_bytes(std::uint64_t array_bytes) {
  return std::max(capture::kLargeBytes, array_bytes / 8);
}

// One traced command from fork to the capture's last section.
class Launcher {
 public:
  Launcher(const TraceOptions& options, SignalRelay& signal_relay)
      : options_(options),
        signal_relay_(signal_relay),
        program_(find_program(options.command[0])),
        kind_(checked_kind()),
        preload_(os::preload_library().string()),
        file_(options.capture_path),
        writer_([this](ByteView bytes) { file_.append(bytes); }, meta()),
        frames_(writer_),
        sampler_(clock_) {}

  TraceResult run() {
    if (options_.fingerprints) ring_.control().fingerprint_bytes = fingerprint_bytes(options_.array_bytes);
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans of the command become ours, so that their end is seen
    child_ = start(program_);
    TraceResult result;
    result.command_untraced = reason_text(kind_) != nullptr;
    try {
      const int status = drain_until_exit();
      if (WIFSIGNALED(status)) result.command_signal = WTERMSIG(status);
      result.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      finish(result.exit_status);
    } catch (...) {
      ring_.control().active.store(0);  // the command goes on untraced rather than waiting for us
      while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
      }
      throw;
    }
    result.events = events();
    result.processes = next_process_;
    return result;
  }

 private:
  ProgramKind checked_kind() const {
    const ProgramKind kind = kind_of_program(program_);
    if (reason_text(kind) == nullptr) return kind;
    const std::string line = untraceable_text(program_, kind);
    if (!options_.untraceable) throw Error(ErrorCode::kUnsupported, line);
    options_.untraceable(line);
    return kind;
  }

  json::object meta() const {
    json::array command(options_.command.begin(), options_.command.end());
    return {{"format", "chunkmark-capture"},      {"version", capture::kCaptureVersion},
            {"command", std::move(command)},      {"command_line", joined(options_.command)},
            {"started", os::utc_now()},           {"array_bytes", options_.array_bytes},
            {"page_bytes", sysconf(_SC_PAGESIZE)}};
  }

  pid_t start(const std::string& program) {
    std::vector<std::string> environment;
    const bool with_library = !refuses_library(kind_);
    std::string preload = with_library ? preload_ : "";
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      const std::string name(text.substr(0, text.find('=')));
      if (name == "LD_PRELOAD") {
        preload += (preload.empty() ? "" : ":") + std::string(text.substr(text.find('=') + 1));
      }
      if (name != "LD_PRELOAD" && name != kRingVariable && options_.environment.count(name) == 0) {
        environment.emplace_back(text);
      }
    }
    for (const auto& [name, value] : options_.environment) environment.push_back(name + "=" + value);
    if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
    if (with_library) environment.push_back(std::string(kRingVariable) + "=" + ring_.path());

    std::vector<char*> arguments, variables;
    for (const std::string& word : options_.command) arguments.push_back(const_cast<char*>(word.c_str()));
    for (const std::string& entry : environment) variables.push_back(const_cast<char*>(entry.c_str()));
    arguments.push_back(nullptr);
    variables.push_back(nullptr);

    int failure_pipe[2];
    if (pipe2(failure_pipe, O_CLOEXEC) != 0) fail("cannot make a pipe");
    signal_relay_.hold();
    const pid_t child = fork();
    if (child < 0) {
      signal_relay_.release();
      fail("cannot start a process");
    }
    if (child == 0) {
      signal_relay_.restore();
      no_file_size_signal_.restore();
      if (options_.output == CommandOutput::kToStandardError) dup2(STDERR_FILENO, STDOUT_FILENO);
      if (options_.output == CommandOutput::kDiscarded) {
        const int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
      }
      execve(program.c_str(), arguments.data(), variables.data());
      const int failure = errno;
      [[maybe_unused]] const ssize_t told = write(failure_pipe[1], &failure, sizeof failure);
      _exit(127);
    }
    SignalRelay::set_command(child);
    signal_relay_.release();
    close(failure_pipe[1]);
    int failure = 0;
    const bool failed = read(failure_pipe[0], &failure, sizeof failure) == sizeof failure;
    close(failure_pipe[0]);
    if (failed) {
      waitpid(child, nullptr, 0);
      throw Error(ErrorCode::kNotFound, program + ": cannot be executed: " + std::strerror(failure));
    }
    return child;
  }

  // The command's wait status.
  int drain_until_exit() {
    int wait_status = 0;
    std::uint64_t last_flush = 0, last_housekeeping = 0;
    for (bool running = true; running;) {
      int status = 0;
      pid_t ended;
      while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended != child_) continue;  // an orphan of the command
        SignalRelay::command_ended();
        running = false;
        wait_status = status;
      }
      clock_.update();
      const std::uint64_t drained_bytes = drain_all();
      const std::uint64_t now = clock_.now_ns();
      if (now - last_housekeeping > kHousekeepingIntervalNs) {
        last_housekeeping = now;
        for (const ResidentSampler::Sample& taken : sampler_.take()) writer_.add_sample(taken.process, taken.sample);
        release_ended();
        if (options_.progress) options_.progress(events());
      }
      if (now - last_flush > kFlushIntervalNs) {
        last_flush = now;
        writer_.flush();
      }
      if (drained_bytes < kBusyBytes && running) std::this_thread::sleep_for(kPause);
    }
    return wait_status;
  }

  std::uint64_t drain_all() {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < kSlots; ++i) {
      Slot* slot = ring_.ready_slot(i);
      if (slot == nullptr) {
        if (i >= highest_used_ + 1) break;  // slots are claimed from the first on
        continue;
      }
      highest_used_ = std::max(highest_used_, i);
      std::unique_ptr<ProcessDrain>& drain = drains_[i];
      if (drain == nullptr) drain = welcome(*slot, i);
      bytes = std::max(bytes, drain->drain(clock_));
      drain->look_at_pages(clock_);
    }
    return bytes;
  }

  std::unique_ptr<ProcessDrain> welcome(Slot& slot, std::uint32_t i) {
    const std::uint32_t process = next_process_++;
    const auto parent = process_of_pid_.find(slot.parent_pid);
    // A program that has replaced another by exec is that process's successor.
    const auto predecessor = process_of_pid_.find(slot.pid);
    const std::uint32_t parent_plus_one = predecessor != process_of_pid_.end() ? predecessor->second + 1
                                          : parent != process_of_pid_.end()    ? parent->second + 1
                                                                               : 0;
    if (predecessor != process_of_pid_.end()) sampler_.remove(predecessor->second);
    slot.command[kCommandBytes - 1] = '\0';
    writer_.add_process(process, slot.pid, parent_plus_one, slot.command);
    process_of_pid_[slot.pid] = process;
    sampler_.add(process, slot.pid);
    auto welcomed = std::make_unique<ProcessDrain>(slot, ring_.ring(i), process, frames_, shared_pages_, writer_);
    if (slot.forked != 0 && parent != process_of_pid_.end()) inherit_shared(*welcomed, parent->second);
    return welcomed;
  }

  void inherit_shared(ProcessDrain& child, std::uint32_t parent) {
    for (const auto& [i, drain] : drains_) {
      if (drain == nullptr || drain->process() != parent) continue;
      drain->drain(clock_);
      drain->memory().look(clock_.now_ns(), true);  // what the parent touched before is the parent's
      child.memory().inherit_shared(drain->memory(), clock_.now_ns());
    }
  }

  void release_ended() {
    for (auto& [i, drain] : drains_) {
      Slot* slot = drain != nullptr ? ring_.ready_slot(i) : nullptr;
      if (slot == nullptr) continue;
      const bool gone = kill(slot->pid, 0) != 0 && errno == ESRCH;
      const bool replaced = process_of_pid_[slot->pid] != drain->process();
      if (!gone && !replaced) continue;
      drain->drain(clock_);
      end_process(*slot, *drain);
      if (gone) process_of_pid_.erase(slot->pid);
      drain.reset();
      ring_.release(i);
    }
  }

  void end_process(const Slot& slot, const ProcessDrain& drain) {
    events_of_ended_ += drain.events();
    const capture::Mark counters = drain.counters(clock_.now_ns());
    sampler_.remove(drain.process());
    json::object ended{{"process", drain.process()},
                       {"pid", slot.pid},
                       {"small_copies", counters.small_copies},
                       {"small_copy_bytes", counters.small_copy_bytes},
                       {"resident_high_water_bytes", sampler_.high_water_bytes(drain.process())},
                       {"inherited_bytes", slot.inherited_bytes}};
    if (!drain.memory().knows_pages()) ended["pages_not_read"] = true;
    if (const std::uint32_t version = slot.python_not_read.load()) ended["python_not_read"] = python_version(version);
    ended_.push_back(std::move(ended));
  }

  void finish(int exit_status) {
    clock_.update();
    drain_all();
    const std::uint64_t duration = clock_.now_ns();
    ring_.control().active.store(0);
    for (const ResidentSampler::Sample& taken : sampler_.take()) writer_.add_sample(taken.process, taken.sample);
    for (const auto& [i, drain] : drains_) {
      if (drain != nullptr) end_process(*ring_.ready_slot(i), *drain);
    }
    writer_.flush();
    const std::uint64_t unnamed = add_symbols();
    writer_.finish({{"duration_ns", duration},
                    {"exit_status", exit_status},
                    {"processes", ended_},
                    {"unnamed_frames", unnamed},
                    {"untraced_processes", ring_.control().refused.load()},
                    {"untraced", untraced_programs()},
                    {"allocators", own_allocators()}});
    if (next_process_ == 0 && reason_text(kind_) == nullptr &&
        SignalRelay::received() == 0) {  // else it may have been ended before that
      throw Error(ErrorCode::kUnsupported,
                  options_.command[0] +
                      ": ran, but the tracer never entered it (a statically linked interpreter, or "
                      "a program that clears its environment)");
    }
    drains_.clear();
  }

  // What the traced processes told, and the command itself.
  json::array untraced_programs() const {
    json::array told;
    const auto add = [&](std::int64_t pid, const std::string& program, const char* reason) {
      if (reason != nullptr) told.push_back({{"pid", pid}, {"program", program}, {"reason", reason}});
    };
    add(child_, program_, reason_text(kind_));
    const Control& control = ring_.control();
    for (const UntracedProgram& program : control.untraced_programs) {
      if (program.told.load(std::memory_order_acquire) == 0) continue;
      const std::string path(program.path, strnlen(program.path, sizeof program.path));
      add(program.pid, path, reason_text(static_cast<ProgramKind>(program.kind)));
    }
    for (std::uint32_t i = kUntracedPrograms + control.withdrawn.load(); i < control.untraced.load(); ++i) {
      if (told.size() >= kMaxUntracedTold) break;
      add(0, "", "not named: there were too many");
    }
    return told;
  }

  json::array own_allocators() const {
    json::array told;
    for (const std::uint32_t module : frames_.mappers()) {
      const std::string& path = frames_.module_paths()[module - 1];
      const std::string name = own_allocator(path);
      if (!name.empty()) told.push_back({{"module", path}, {"name", name}});
    }
    return told;
  }

  // The frames that are left without a name, because a signal said to end.
  std::uint64_t add_symbols() {
    FrameNaming naming(frames_.frames_by_module());
    const auto begin = std::chrono::steady_clock::now();
    std::optional<std::chrono::steady_clock::time_point> deadline;
    do {
      writer_.add_symbols(naming.take(kNamingInterval));
      const auto now = std::chrono::steady_clock::now();
      if (!deadline && SignalRelay::received() != 0) deadline = now + kNamingGrace;
      if (deadline && now > *deadline) break;
      if (options_.naming_progress && now - begin > kQuietNaming) {
        options_.naming_progress(naming.done(), naming.total());
      }
    } while (!naming.ended());
    return naming.ended() ? 0 : naming.total() - naming.done();
  }

  std::uint64_t events() const {
    std::uint64_t total = events_of_ended_;
    for (const auto& [i, drain] : drains_) total += drain != nullptr ? drain->events() : 0;
    return total;
  }

  [[noreturn]] static void fail(const std::string& what) {
    throw Error(ErrorCode::kIo, "tracer: " + what + ": " + std::strerror(errno));
  }

  const TraceOptions& options_;
  SignalRelay& signal_relay_;
  std::string program_;  // before the capture's file, which must not be touched for a command that cannot run
  ProgramKind kind_;
  std::string preload_;
  NoFileSizeSignal no_file_size_signal_;
  SharedRing ring_;
  CaptureOutput file_;
  capture::CaptureWriter writer_;
  FrameTable frames_;
  SharedPages shared_pages_;  // outlives the drains
  TickClock clock_;
  ResidentSampler sampler_;
  pid_t child_ = -1;
  std::uint32_t next_process_ = 0;
  std::uint32_t highest_used_ = 0;
  std::uint64_t events_of_ended_ = 0;
  std::map<std::uint32_t, std::unique_ptr<ProcessDrain>> drains_;
  std::map<pid_t, std::uint32_t> process_of_pid_;
  json::array ended_;
};

}  // namespace

TraceResult trace_command(const TraceOptions& options) {
  SignalRelay signal_relay;
  TraceResult result = Launcher(options, signal_relay).run();
  result.signal = signal_relay.end();  // with the launcher gone, so that none comes too late
  return result;
}

}  // namespace chunkmark::trace
