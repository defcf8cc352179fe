#include "native/trace/signal_relay.h"

#include <atomic>
#include <cerrno>

namespace chunkmark::trace {
namespace {

constexpr pid_t kEnded = -1;

std::atomic<pid_t> g_command{0};  // or kEnded
std::atomic<int> g_received{0};
static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void relay(int signal, siginfo_t* info, void*) {
  const int error = errno;
  const int before = g_received.exchange(signal);
  const pid_t command = g_command.load();
  if (command == kEnded && before != 0) {  // asked twice: end as if there were no relay, once this handler returns
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    raise(signal);
  }
  if (command > 0 && info->si_code != SI_KERNEL) kill(command, signal);  // SI_KERNEL: the terminal's
  errno = error;
}

}  // namespace

SignalRelay::SignalRelay() {
  g_received.store(0);
  struct sigaction action {};
  action.sa_sigaction = relay;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

SignalRelay::~SignalRelay() {
  if (!ended_) end();
}

int SignalRelay::end() {
  set_command(0);
  hold();
  const int received_last = received();
  restore();
  ended_ = true;
  return received_last;
}

void SignalRelay::hold() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kSignals) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
}

void SignalRelay::release() const {
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalRelay::restore() const {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  release();
}

void SignalRelay::set_command(pid_t command) {
  g_command.store(command);
  if (const int early = received(); command > 0 && early != 0) kill(command, early);
}

void SignalRelay::command_ended() {
  g_command.store(kEnded);
}

int SignalRelay::received() {
  return g_received.load();
}

}  // namespace chunkmark::trace
