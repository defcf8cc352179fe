#include "native/server/server.h"

#include <httplib.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "api/api.h"
#include "base/error.h"
#include "report/profile_methods.h"

namespace chunkmark::server {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::size_t kMaxRequestBytes = std::size_t{1} << 30;  // a capture of some hundred million events

// While this lives, SIGINT and SIGTERM end the server: by a thread that waits for them, since the library's own stop()
// does nothing yet between the address being told and the first request being waited for.
class StopOnSignal {
 public:
  explicit StopOnSignal(httplib::Server& server) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);  // in the threads that are made from now on as well
    waiter_ = std::thread([this, &server] {
      int signal = 0;
      sigwait(&signals_, &signal);
      while (!server.is_running() && !ended_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      server.stop();
    });
  }
  ~StopOnSignal() {
    ended_ = true;
    pthread_kill(waiter_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread): it waits for it
    waiter_.join();
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  sigset_t signals_;
  std::atomic<bool> ended_ = false;
  std::thread waiter_;
};

// A refusal that says nothing yet names the path, as it was asked for: still encoded, so that it stays one line.
void say_not_found(const httplib::Request& request, httplib::Response& response) {
  if (response.status != 404 || !response.body.empty()) return;
  response.set_content(request.target.substr(0, request.target.find('?')) + ": not found\n", "text/plain");
}

// A request of shared/api: the method's name in the path, its parameters as JSON in ?params=, its bytes as the body.
api::Response call(const api::MethodTable& methods, const httplib::Request& request) {
  json::object call{{"method", std::string(request.matches[1])}};
  try {
    if (request.has_param("params")) call["params"] = parse_json(request.get_param_value("params"), "params");
  } catch (const Error& error) {
    return api::refuse(error.code(), error.what());
  }
  return api::handle(methods, json::serialize(call), as_byte_view(request.body));
}

const char* type_of(std::string_view file) {
  if (file.ends_with(".html")) return "text/html";
  if (file.ends_with(".json")) return "application/json";
  return "application/octet-stream";
}

// A run's file, in pieces from where it lies: a range of it as well, which the library cuts.
void send_file(std::shared_ptr<bytes::RandomAccess> file, const char* type, httplib::Response& response) {
  if (file->size() == 0) return response.set_content("", type);
  const auto send = [file](std::size_t offset, std::size_t size, httplib::DataSink& sink) {
    std::string piece(std::min(size, kPieceBytes), '\0');
    try {
      file->read_at(offset, std::as_writable_bytes(std::span(piece)));
    } catch (const Error& error) {  // the head is sent: the connection is cut, so that nobody takes it for the whole
      std::fprintf(stderr, "chunkmark: %s\n", error.what());
      return false;
    }
    return sink.write(piece.data(), piece.size());
  };
  const auto size = static_cast<std::size_t>(file->size());
  response.set_content_provider(size, type, send);
}

void add_run_files(httplib::Server& server, const ServerOptions& options) {
  server.Get(R"(/runs/([^/]+)/(.+))", [open = options.open_run_file](const auto& request, auto& response) {
    const std::string file = request.matches[2];
    try {
      if (auto found = open(request.matches[1], file)) return send_file(std::move(found), type_of(file), response);
      response.status = 404;
    } catch (const Error& error) {  // a name that no store has, a bucket that does not answer
      response.status = error.code() == ErrorCode::kInvalidArgument ? 404 : http_status(error.code());
      if (response.status != 404) response.set_content(std::string(error.what()) + "\n", "text/plain");
    }
  });
}

void add_routes(httplib::Server& server, const ServerOptions& options) {
  server.Get("/api/v1/status", [version = options.version](const httplib::Request&, httplib::Response& response) {
    response.set_content(json::serialize(json::object{{"engine", "native"}, {"api", 1}, {"version", version}}),
                         "application/json");
  });
  server.Get("/healthz",
             [](const httplib::Request&, httplib::Response& response) { response.set_content("ok\n", "text/plain"); });
  api::MethodTable methods;
  report::add_profile_methods(methods);
  server.Post(R"(/api/v1/call/([a-z0-9.]+))", [methods](const httplib::Request& request, httplib::Response& response) {
    const api::Response answer = call(methods, request);
    if (answer.error) response.status = http_status(*answer.error);
    response.set_content(answer.json, "application/json");
  });
}

}  // namespace

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
    case ErrorCode::kCancelled:
      return 409;
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
      return 422;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kIo:
      break;
  }
  return 500;
}

void serve(const ServerOptions& options) {
  httplib::Server server;
  server.set_payload_max_length(kMaxRequestBytes);
  // The library's default lets two servers share a port, half of the requests each.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_file_extension_and_mimetype_mapping("mjs", "text/javascript");
  server.set_file_extension_and_mimetype_mapping("wasm", "application/wasm");
  // Pages run no script but their own and reach no other host.
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-cache"}});
  add_routes(server, options);
  if (options.open_run_file) add_run_files(server, options);
  server.set_error_handler(say_not_found);
  int port = options.port;
  if (port == 0) {
    port = server.bind_to_any_port(options.host);
  } else if (!server.bind_to_port(options.host, port)) {
    port = -1;
  }
  if (port < 0) {
    throw Error(ErrorCode::kUnavailable, options.host + ":" + std::to_string(options.port) +
                                             ": cannot listen there: is the port in use? --port 0 takes a free one");
  }
  if (const std::filesystem::path site = options.make_site(); !server.set_mount_point("/", site.string())) {
    throw Error(ErrorCode::kNotFound, site.string() + ": no such folder");
  }
  const StopOnSignal stop_on_signal(server);
  if (options.on_listening) options.on_listening(port);
  server.listen_after_bind();
}

}  // namespace chunkmark::server
