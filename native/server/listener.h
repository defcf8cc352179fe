// Listener: the sockets of the server, and HTTP/1.1 on them, over Boost.Beast and Asio.
//
// One thread does all input and output, by events: a connection that is idle, half a request, slow, or listens to
// events costs a few kilobytes and no thread, so that none of them makes others wait. What is asked for is answered on
// two pools of threads: quick answers, and those that compute, of which there are never more at a time than processors.
// Everything is bounded: heads, bodies (also all bodies together), connections, and every wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "native/server/http.h"

namespace chunkmark::server {

struct Limits {
  std::size_t connections = 1000;
  std::chrono::milliseconds head{15'000};   // for a whole head, from when the connection could be asked again
  std::chrono::milliseconds stall{15'000};  // without a byte of a body
  std::chrono::milliseconds grace{5'000};   // for answers that are underway when the server is to end
  std::uint64_t bodies_bytes = std::uint64_t{2} << 30;  // of all requests that are underway
  std::size_t computing = 64;                           // requests that wait for a thread that computes
};

struct Address {
  std::string host = "127.0.0.1";  // a name or an address; of IPv6 with or without brackets
  int port = 8080;                 // 0 takes a free one
  std::string certificate, key;    // PEM files; empty: no TLS
};

// What the listener counts, for whoever shows it. Thread-safe.
struct Counts {
  std::atomic<std::uint64_t> accepted{0}, open{0}, streams{0}, dropped{0}, malformed{0};
};

// How requests are answered. The first two are called on the thread of the sockets and must not wait for anything;
// `request` has its body in answer() alone.
struct Application {
  struct Admission {
    std::optional<Response> refusal = {};
    std::uint64_t max_body_bytes = 0;
    bool computes = false;
  };
  std::function<Admission(const Request& request)> admit;
  std::function<Response(Request& request)> answer;  // called from several threads; must not throw
  // A request that none of the above has seen: what was sent is no HTTP, or too much of it.
  std::function<Response(int status, const std::string& message)> refuse;
};

class Listener {
 public:
  // Takes the address. Errors: kUnavailable if it cannot be had, kInvalidArgument for a certificate that is none.
  Listener(const Address& address, const Limits& limits);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const;
  bool is_loopback() const;
  const Counts& counts() const;

  // Answers until SIGINT or SIGTERM; then what is underway is finished, within the grace. `on_listening` is called once
  // requests are accepted, `on_stop` when no more are.
  void run(const Application& application, const std::function<void()>& on_listening,
           const std::function<void()>& on_stop);

  struct State;  // of the connections

 private:
  std::unique_ptr<State> state_;
};

}  // namespace chunkmark::server
