// SignalRelay: while it lives, what would end this process is the traced command's to decide.
//
// A terminal sends its signals to the command as well; those that somebody sent to this process alone are passed on.
// What was ignored stays ignored. After the command has ended, the second signal ends this process. One at a time.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>

namespace chunkmark::trace {

class SignalRelay {
 public:
  SignalRelay();
  ~SignalRelay();
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;

  // Around fork: signals wait, so that none is lost to a process that is not yet the command.
  void hold();
  void release() const;
  // In the child, between hold and exec: everything as it was before.
  void restore() const;
  // Where signals go to from now on, and what came before; 0 = nowhere.
  static void set_command(pid_t command);
  static void command_ended();
  // The last signal that came, from whomever; 0 = none.
  static int received();
  // Everything is as it was before; answers received(). A signal is in the answer or acts as it did before.
  int end();

 private:
  static constexpr std::array kSignals{SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
  sigset_t mask_before_{};
  bool ended_ = false;
};

}  // namespace chunkmark::trace
