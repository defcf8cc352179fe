// Connection: one client's connection, from its first byte to its last: requests one after the other, each read within
// limits of size and time, admitted before its body is read, answered on a pool, and sent in pieces.
//
// A coroutine on the thread of the sockets. (What is awaited gets names and no temporaries: GCC 12 destroys those of an
// awaiting expression at the wrong time. It also fails on those in conditions of loops.) `Stream` is beast::tcp_stream,
// or the same below TLS.
#pragma once

#include <array>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <cctype>
#include <string>
#include <utility>

#include "base/error.h"
#include "native/server/listener_state.h"
#include "native/server/request_target.h"

namespace chunkmark::server {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

template <class Stream>
class Connection {
 public:
  Connection(Stream stream, Listener::State& state) : stream_(std::move(stream)), state_(state) {}

  asio::awaitable<void> run() {
    socket().expires_after(state_.limits.head);
    co_await begin(stream_);
    bool goes_on = true;
    while (goes_on) goes_on = co_await answer_next();
    if (!socket().socket().is_open()) co_return;
    socket().expires_after(kFarewell);
    co_await end(stream_);
    socket().close();
  }

 private:
  static constexpr std::uint32_t kMaxHeadBytes = 16 << 10;
  static constexpr std::uint64_t kPieceBytes = 1 << 20;
  // Whoever sends or takes less than this per second, after a while, is let go.
  static constexpr std::uint64_t kMinBytesPerMs = 16;
  static constexpr std::chrono::seconds kHeartbeat{15}, kFarewell{2};
  static constexpr std::string_view kNothing = {};

  using Parser = http::request_parser<http::string_body>;
  using Clock = std::chrono::steady_clock;

  beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

  std::chrono::milliseconds patience(std::uint64_t bytes) const {
    return state_.limits.stall + std::chrono::milliseconds(bytes / kMinBytesPerMs);
  }

  // False: the connection is to be closed.
  asio::awaitable<bool> answer_next() {
    Parser parser;
    parser.header_limit(kMaxHeadBytes);
    parser.body_limit(boost::none);  // known once the path is
    error_code error;
    {
      const Place waiting(state_.close_waiting, [this] { socket().close(); });
      if (state_.is_stopping) co_return false;
      socket().expires_after(state_.limits.head);
      co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    }
    const http::request<http::string_body>& head = parser.get();
    if (error) {
      const int status = status_of(error, !head.target().empty());
      const std::string why = error.message();
      if (status != 0) co_await refuse(status, why);
      co_return false;
    }
    Request request = request_of(head);
    const Fault fault = fault_of(head, request);
    if (fault.status != 0) {
      co_await refuse(fault.status, fault.why);
      co_return false;
    }
    Application::Admission admission = state_.application.admit(request);
    const std::uint64_t length = parser.content_length().value_or(0);
    if (!admission.refusal && length > admission.max_body_bytes) {
      admission.refusal = state_.application.refuse(413, request.path + ": expected at most " +
                                                             std::to_string(admission.max_body_bytes) +
                                                             " bytes, found " + std::to_string(length));
    }
    if (!admission.refusal && admission.computes && state_.computing_now >= state_.limits.computing) {
      admission.refusal = state_.application.refuse(503, "too many requests wait to be computed");
    }
    const bool is_head = request.method == "HEAD";
    if (admission.refusal) {  // a body that nobody wants is not read: the connection ends
      const bool keeps = head.keep_alive() && parser.is_done() && !state_.is_stopping;
      co_await send(*admission.refusal, is_head, keeps);
      co_return keeps;
    }
    const Held held(state_.bodies_bytes);
    const int refused = co_await read_body(parser, admission.max_body_bytes, held);
    if (refused != 0) {
      const std::string why = "the body was not taken: too large, or no HTTP";
      if (refused > 0) co_await refuse(refused, why);
      co_return false;
    }
    const bool keeps = head.keep_alive();
    request.body = std::move(parser.get().body());
    const Response response = co_await answer(request, admission.computes);
    const bool keeps_alive = keeps && !state_.is_stopping && !std::holds_alternative<SharedEvents>(response.body);
    co_await send(response, is_head, keeps_alive);
    co_return keeps_alive;
  }

  // Bytes of a body that is underway, of the bound for all of them.
  struct Held {
    explicit Held(std::uint64_t& all_bytes) : all(all_bytes) {}
    ~Held() { all -= bytes; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    bool take(std::uint64_t more, std::uint64_t limit) const {
      if (all + more > limit) return false;
      all += more;
      bytes += more;
      return true;
    }
    std::uint64_t& all;
    mutable std::uint64_t bytes = 0;
  };

  // 0 once it is whole; the status of a refusal; -1 where there is nobody to tell it.
  asio::awaitable<int> read_body(Parser& parser, std::uint64_t max_bytes, const Held& held) {
    if (parser.is_done()) co_return 0;
    parser.body_limit(max_bytes);
    if (!held.take(parser.content_length().value_or(0), state_.limits.bodies_bytes)) co_return 503;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      socket().expires_after(state_.limits.stall);
      co_await asio::async_write(stream_, asio::buffer(kContinue), asio::use_awaitable);
    }
    const auto began = Clock::now();
    while (!parser.is_done()) {
      const std::uint64_t received = parser.get().body().size();
      if (received > held.bytes && !held.take(received - held.bytes, state_.limits.bodies_bytes)) co_return 503;
      socket().expires_at(std::min(Clock::now() + state_.limits.stall, began + patience(received)));
      error_code error;
      co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        const int status = status_of(error, true);
        co_return status != 0 ? status : -1;
      }
    }
    co_return 0;
  }

  asio::awaitable<Response> answer(Request& request, bool computes) {
    asio::thread_pool& pool = computes ? *state_.computing : *state_.quick;
    state_.computing_now += computes ? 1 : 0;
    const auto work = [this, &request] { return state_.application.answer(request); };
    Response response = co_await on(pool, work);
    state_.computing_now -= computes ? 1 : 0;
    co_return response;
  }

  // Calls `work` on a thread of the pool; goes on here with what it returns.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work>> on(asio::thread_pool& pool, Work work) {
    const auto called = [](Work each) -> asio::awaitable<std::invoke_result_t<Work>> { co_return each(); };
    auto call = called(std::move(work));
    co_return co_await asio::co_spawn(pool.get_executor(), std::move(call), asio::use_awaitable);
  }

  static Request request_of(const http::request<http::string_body>& head) {
    Request request;
    request.method = std::string(head.method_string());
    request.target = std::string(head.target());
    for (const auto& field : head) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return request;
  }

  struct Fault {
    int status = 0;
    std::string why = {};
  };
  // What a request must not be, whatever it asks for.
  Fault fault_of(const http::request<http::string_body>& head, Request& request) {
    if (head.method() == http::verb::unknown) return {501, request.method + ": no such method"};
    if (!read_target(request)) return {400, request.target + ": expected a path"};
    if (head.count(http::field::host) > 1 || (head.version() == 11 && head.count(http::field::host) == 0)) {
      return {400, "expected one Host"};
    }
    if (head.chunked() && head.count(http::field::content_length) > 0) return {400, "expected one length of the body"};
    if (head.count(http::field::transfer_encoding) > 0 && !head.chunked()) return {501, "no such transfer encoding"};
    const auto expect = head[http::field::expect];
    if (!expect.empty() && !beast::iequals(expect, "100-continue")) return {417, "expected 100-continue"};
    error_code none;
    request.client = socket().socket().remote_endpoint(none).address().to_string();
    return {};
  }

  // Of an error while reading; 0: nobody is there, or too slow, to be told.
  static int status_of(const error_code& error, bool has_target) {
    if (error.category() != error_code(http::error::bad_method).category()) return 0;
    if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return has_target ? 431 : 414;
    if (error == http::error::body_limit) return 413;
    return error == http::error::bad_version ? 505 : 400;
  }

  asio::awaitable<void> refuse(int status, const std::string& message) {
    ++state_.counts.malformed;
    const Response refusal = state_.application.refuse(status, message);
    co_await send(refusal, false, false);
  }

  static std::string head_of(const Response& response, std::optional<std::uint64_t> size, bool keeps_alive) {
    const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason) + "\r\n";
    if (response.status != 304) head += "Content-Type: " + response.type + "\r\n";
    if (size) head += "Content-Length: " + std::to_string(*size) + "\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    return head + (keeps_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  }

  asio::awaitable<void> send(const Response& response, bool is_head, bool keeps_alive) {
    const SharedText* text = std::get_if<SharedText>(&response.body);
    const SharedFile* file = std::get_if<SharedFile>(&response.body);
    const SharedEvents* events = std::get_if<SharedEvents>(&response.body);
    std::string_view body = text != nullptr && *text ? std::string_view(**text) : std::string_view();
    std::optional<std::uint64_t> size;
    if (file != nullptr) size = response.size;
    if (text != nullptr && response.status != 304 && response.status != 204) size = body.size();
    if (is_head) body = {};
    const std::string head = head_of(response, size, keeps_alive);
    co_await write(head, body);
    if (is_head) co_return;
    if (file != nullptr) co_await send_file(**file, response.offset, response.size);
    if (events != nullptr) co_await send_events(**events, response.offset);
  }

  asio::awaitable<void> write(const std::string& head, std::string_view body) {
    socket().expires_after(patience(head.size() + body.size()));
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    co_await asio::async_write(stream_, both, asio::use_awaitable);
  }

  // In pieces from where it lies. An error while the head is sent already cuts the connection, so that nobody takes
  // what has arrived for the whole.
  asio::awaitable<void> send_file(const bytes::RandomAccess& file, std::uint64_t offset, std::uint64_t size) {
    std::string piece;
    for (std::uint64_t sent = 0; sent < size; sent += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min(kPieceBytes, size - sent)));
      const std::uint64_t at = offset + sent;
      const auto read = [&file, &piece, at] {
        file.read_at(at, std::as_writable_bytes(std::span(piece)));
        return true;
      };
      co_await on(*state_.quick, read);
      co_await write(piece, kNothing);
    }
  }

  asio::awaitable<void> send_events(EventLog& log, std::uint64_t next) {
    // Shared with calls that other threads and the socket may still make when this has ended.
    struct Wait {
      explicit Wait(asio::io_context& io) : timer(io) {}
      asio::steady_timer timer;
      bool is_over = false;
    };
    const auto wait = std::make_shared<Wait>(state_.io);
    const auto wake = [wait, &io = state_.io] { asio::post(io, [wait] { wait->timer.cancel(); }); };
    const Place place(state_.wake_streams, wake);
    const Listening listening(log, wake);
    const Counted counted(state_.counts.streams);
    socket().expires_never();
    socket().socket().async_wait(asio::socket_base::wait_read,
                                 [wait](const error_code&) {  // gone, or says what nobody asked
                                   wait->is_over = true;
                                   wait->timer.cancel();
                                 });
    const std::string beat = ":\n\n";
    while (!wait->is_over && !state_.is_stopping) {
      const EventLog::Heard heard = log.since(next);
      next = heard.next;
      if (!heard.text.empty()) co_await write(heard.text, kNothing);
      if (heard.ended) break;
      if (!heard.text.empty()) continue;
      error_code woken;
      socket().expires_never();
      wait->timer.expires_after(kHeartbeat);
      co_await wait->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      if (!woken) co_await write(beat, kNothing);
    }
  }

  struct Listening {
    Listening(EventLog& to, std::function<void()> wake) : log(to), listener(to.subscribe(std::move(wake))) {}
    ~Listening() { log.unsubscribe(listener); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    EventLog& log;
    int listener;
  };

  struct Counted {
    explicit Counted(std::atomic<std::uint64_t>& counter) : count(counter) { ++count; }
    ~Counted() { --count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::atomic<std::uint64_t>& count;
  };

  // TLS, or none.
  using Secure = beast::ssl_stream<beast::tcp_stream>;
  static asio::awaitable<void> begin(beast::tcp_stream& /*plain*/) { co_return; }
  static asio::awaitable<void> begin(Secure& secure) {
    co_await secure.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
  }
  static asio::awaitable<void> end(Secure& secure) {
    error_code error;
    co_await secure.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }
  // A client that still sends what was refused would lose the answer if the socket were closed under it: what it sends
  // is thrown away for a moment.
  asio::awaitable<void> end(beast::tcp_stream& plain) {
    error_code error;
    plain.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::array<char, 4096> rest;
    while (!error && !state_.is_stopping) {
      co_await plain.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  Stream stream_;
  Listener::State& state_;
  beast::flat_buffer buffer_{kMaxHeadBytes + (64 << 10)};
};

}  // namespace chunkmark::server
