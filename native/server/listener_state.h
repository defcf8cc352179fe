// What the connections of a Listener share. Used on the thread of its sockets alone, but for the counts and the pools.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "native/server/listener.h"

namespace chunkmark::server {

namespace asio = boost::asio;

// What can be called while somebody waits, in the order in which they began to. An entry stays until its Place is gone.
using Calls = std::list<std::function<void()>>;

class Place {
 public:
  Place(Calls& calls, std::function<void()> call) : calls_(calls), at_(calls.insert(calls.end(), std::move(call))) {}
  ~Place() { calls_.erase(at_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Calls& calls_;
  Calls::iterator at_;
};

struct Listener::State {
  explicit State(const Limits& given) : limits(given) {}

  Limits limits;
  Application application;
  Counts counts;
  std::uint64_t bodies_bytes = 0;  // of requests that are underway
  std::size_t computing_now = 0;   // requests that compute, or wait for a thread to do so
  bool is_stopping = false;
  Calls close_waiting;                                  // connections that wait for a head
  Calls wake_streams;                                   // connections that wait for events
  std::unique_ptr<asio::thread_pool> quick, computing;  // made after the site, whose guard forks

  // After all that connections which are cut off at the end still use.
  asio::io_context io{1};
  asio::ip::tcp::acceptor acceptor{io};
  std::optional<asio::ssl::context> tls;
  asio::steady_timer grace{io};
  asio::signal_set signals{io};

  void leave() {
    --counts.open;
    if (!is_stopping || counts.open > 0) return;
    grace.cancel();
    signals.cancel();
  }
};

}  // namespace chunkmark::server
