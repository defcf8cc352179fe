// Runs any command under the tracer and writes its capture.
//
// The command's own children are traced too. Signals that would end this process go to the command instead (SIGINT,
// SIGQUIT, SIGTERM, SIGHUP), so that its capture is complete when they end it. Once it has ended, names are looked up
// for at most a second more when a signal has come, and a second signal ends this process at once. The capture stays
// readable if the command, or this process, is killed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace chunkmark::trace {

// Where what the command prints on standard output goes.
enum class CommandOutput { kInherited, kDiscarded, kToStandardError };

struct TraceOptions {
  std::vector<std::string> command;                // program and arguments; not empty
  std::map<std::string, std::string> environment;  // added to this process's own
  std::string capture_path;
  std::uint64_t array_bytes = 0;  // what the command stores, for whoever reads the capture; 0 = unknown
  bool fingerprints = true;       // of what large buffers hold
  CommandOutput output = CommandOutput::kInherited;
  // Called about ten times a second with the number of events so far. May be empty.
  std::function<void(std::uint64_t events)> progress;
  // Called as often while the names of frames are looked up, once that takes more than a second. May be empty.
  std::function<void(std::uint64_t done, std::uint64_t total)> naming_progress;
  // Called with one line where the command cannot be traced, before it runs untraced. Empty: that is an error instead.
  std::function<void(const std::string& line)> untraceable;
};

struct TraceResult {
  int exit_status = 0;     // the command's; 128 + command_signal if that ended it, as shells say it
  int command_signal = 0;  // that ended the command; 0 = it exited by itself
  std::uint64_t events = 0;
  std::uint32_t processes = 0;
  bool command_untraced = false;
  int signal = 0;  // that this process got meanwhile, and left to the command; 0 = none
};

// Errors: kNotFound (no such command), kUnsupported (it cannot be traced), kIo (the capture cannot be written).
TraceResult trace_command(const TraceOptions& options);

}  // namespace chunkmark::trace
