#include "native/server/server.h"

#include <httplib.h>

#include <csignal>

#include "api/api.h"
#include "base/error.h"

namespace chunkmark::server {
namespace {

constexpr std::size_t kMaxRequestBytes = std::size_t{1} << 30;  // a capture of some hundred million events

httplib::Server* g_server;  // for the signal handler
volatile std::sig_atomic_t g_stopping;

void stop(int) {
  g_stopping = 1;
  if (g_server != nullptr) g_server->stop();
}

// A refusal that says nothing yet names the path, as it was asked for: still encoded, so that it stays one line.
void say_not_found(const httplib::Request& request, httplib::Response& response) {
  if (response.status != 404 || !response.body.empty()) return;
  response.set_content(request.target.substr(0, request.target.find('?')) + ": not found\n", "text/plain");
}

void add_routes(httplib::Server& server, const ServerOptions& options) {
  server.Get("/api/v1/status", [version = options.version](const httplib::Request&, httplib::Response& response) {
    response.set_content(json::serialize(json::object{{"engine", "native"}, {"api", 1}, {"version", version}}),
                         "application/json");
  });
  server.Get("/healthz",
             [](const httplib::Request&, httplib::Response& response) { response.set_content("ok\n", "text/plain"); });
  // A request of shared/api: the method's name in the path, its parameters as JSON in ?params=, its bytes as the body.
  api::MethodTable methods;
  api::add_profile_methods(methods);
  server.Post(R"(/api/v1/call/([a-z0-9.]+))", [methods](const httplib::Request& request, httplib::Response& response) {
    json::object call{{"method", std::string(request.matches[1])}};
    std::string answer;
    try {
      if (request.has_param("params")) {
        call["params"] = parse_json(request.get_param_value("params"), "params");
      }
      answer = api::handle(methods, json::serialize(call), as_byte_view(request.body));
    } catch (const Error& error) {
      answer = json::serialize(
          json::object{{"error", {{"code", error_code_name(error.code())}, {"message", error.what()}}}});
    }
    if (answer.starts_with("{\"error\"")) response.status = 400;
    response.set_content(answer, "application/json");
  });
}

}  // namespace

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
  server.set_error_handler(say_not_found);
  if (!server.set_mount_point("/", options.site_folder.string())) {
    throw Error(ErrorCode::kNotFound, options.site_folder.string() + ": no such folder");
  }
  int port = options.port;
  if (port == 0) {
    port = server.bind_to_any_port(options.host);
  } else if (!server.bind_to_port(options.host, port)) {
    port = -1;
  }
  if (port < 0) {
    throw Error(ErrorCode::kUnavailable,
                options.host + ":" + std::to_string(options.port) + ": cannot listen there (is the port in use?)");
  }
  // Before the server runs, stop() does nothing: a signal that comes so early is obeyed when the server begins.
  server.new_task_queue = [&server, make = server.new_task_queue] {
    if (g_stopping != 0) server.stop();
    return make();
  };
  g_stopping = 0;
  g_server = &server;
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  if (options.on_listening) options.on_listening(port);
  server.listen_after_bind();
  g_server = nullptr;
}

}  // namespace chunkmark::server
