#include "native/server/listener.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>

#include "native/server/connection.h"

namespace chunkmark::server {
namespace {

constexpr unsigned kQuickThreads = 8;  // they mostly wait for a disk or a bucket

// Connections are bounded by the files that this process may have open; what it opens itself needs some of them.
std::size_t max_connections(std::size_t wanted) {
  constexpr rlim_t kOwnFiles = 128;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  const rlim_t needed = wanted + kOwnFiles;
  if (files.rlim_cur < needed) {
    files.rlim_cur = std::min(files.rlim_max, needed);
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlim_t left = files.rlim_cur > 2 * kOwnFiles ? files.rlim_cur - kOwnFiles : files.rlim_cur / 2;
  return static_cast<std::size_t>(std::min<rlim_t>(wanted, left));
}

template <class Stream>
asio::awaitable<void> serve_one(std::unique_ptr<Connection<Stream>> connection, Listener::State& state) {
  {
    const auto ended = std::move(connection);
    try {
      co_await ended->run();
    } catch (const boost::system::system_error&) {  // the client has gone, or took too long
    } catch (const std::exception& error) {
      std::fprintf(stderr, "chunkmark: %s\n", error.what());
    }
  }
  state.leave();
}

void start_one(asio::ip::tcp::socket socket, Listener::State& state) {
  beast::tcp_stream plain(std::move(socket));
  if (state.tls) {
    using Secure = beast::ssl_stream<beast::tcp_stream>;
    auto connection = std::make_unique<Connection<Secure>>(Secure(std::move(plain), *state.tls), state);
    asio::co_spawn(state.io, serve_one(std::move(connection), state), asio::detached);
  } else {
    auto connection = std::make_unique<Connection<beast::tcp_stream>>(std::move(plain), state);
    asio::co_spawn(state.io, serve_one(std::move(connection), state), asio::detached);
  }
}

// Closes the connection that waits longest for a request. False: none does.
bool make_room(Listener::State& state) {
  ++state.counts.dropped;
  if (state.close_waiting.empty()) return false;
  state.close_waiting.front()();
  return true;
}

asio::awaitable<void> accept_all(Listener::State& state) {
  asio::steady_timer pause(state.io);
  while (!state.is_stopping) {
    error_code error;
    asio::ip::tcp::socket socket(state.io);
    co_await state.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (state.is_stopping) co_return;
    if (error) {  // no file descriptor is free, say: those that wait longest make room
      const bool has_room = make_room(state);
      pause.expires_after(std::chrono::milliseconds(has_room ? 0 : 20));
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    ++state.counts.accepted;
    if (state.counts.open >= state.limits.connections) {
      if (!make_room(state)) continue;  // all are being answered: the new one is closed
    }
    ++state.counts.open;
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    start_one(std::move(socket), state);
  }
}

std::string without_brackets(const std::string& host) {
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return has_brackets ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Listener::Listener(const Address& address, const Limits& limits) : state_(std::make_unique<State>(limits)) {
  state_->limits.connections = max_connections(limits.connections);
  const std::string where = address.host + ":" + std::to_string(address.port);
  try {
    if (!address.certificate.empty()) {
      state_->tls.emplace(asio::ssl::context::tls_server);
      state_->tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
      state_->tls->use_certificate_chain_file(address.certificate);
      state_->tls->use_private_key_file(address.key, asio::ssl::context::pem);
    }
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::kInvalidArgument,
                address.certificate + ", " + address.key +
                    ": expected a certificate and its key in PEM: " + error.code().message());
  }
  try {
    asio::ip::tcp::resolver resolver(state_->io);
    const auto found = resolver.resolve(without_brackets(address.host), std::to_string(address.port),
                                        asio::ip::tcp::resolver::passive);
    const asio::ip::tcp::endpoint endpoint = *found.begin();
    state_->acceptor.open(endpoint.protocol());
    state_->acceptor.set_option(asio::socket_base::reuse_address(true));
    state_->acceptor.bind(endpoint);
    state_->acceptor.listen();
  } catch (const boost::system::system_error& error) {
    const bool in_use = error.code() == asio::error::address_in_use;
    throw Error(ErrorCode::kUnavailable,
                where + ": cannot listen there: " +
                    (in_use ? "is the port in use? --port 0 takes a free one" : error.code().message()));
  }
}

Listener::~Listener() = default;

int Listener::port() const {
  return state_->acceptor.local_endpoint().port();
}

bool Listener::is_loopback() const {
  return state_->acceptor.local_endpoint().address().is_loopback();
}

const Counts& Listener::counts() const {
  return state_->counts;
}

void Listener::run(const Application& application, const std::function<void()>& on_listening,
                   const std::function<void()>& on_stop) {
  State& state = *state_;
  state.application = application;
  state.quick = std::make_unique<asio::thread_pool>(kQuickThreads);
  state.computing = std::make_unique<asio::thread_pool>(std::max(1u, std::thread::hardware_concurrency()));
  state.signals.add(SIGINT);
  state.signals.add(SIGTERM);
  state.signals.async_wait([&](const error_code& error, int) {
    if (error) return;
    state.is_stopping = true;
    state.acceptor.close();
    on_stop();
    for (const Calls* calls : {&state.close_waiting, &state.wake_streams}) {
      for (const auto& call : *calls) call();
    }
    state.grace.expires_after(state.limits.grace);
    state.grace.async_wait([&](const error_code& cancelled) {
      if (!cancelled) state.io.stop();
    });
    state.signals.async_wait([&](const error_code& none, int) {  // a second one: at once
      if (!none) state.io.stop();
    });
    ++state.counts.open;
    state.leave();  // when nobody is there
  });
  asio::co_spawn(state.io, accept_all(state), asio::detached);
  if (on_listening) on_listening();
  state.io.run();
  state.quick->join();
  state.computing->join();
}

}  // namespace chunkmark::server
