#include "native/server/server.h"

#include "api/api.h"
#include "native/server/representation.h"
#include "native/server/site_files.h"
#include "report/profile_methods.h"

namespace chunkmark::server {
namespace {

constexpr std::uint64_t kMaxCallBytes = std::uint64_t{1} << 30;  // a capture of some hundred million events
constexpr std::uint64_t kMaxOtherBytes = 64 << 10;

using Call = std::function<api::Response(const std::string& request, ByteView data)>;

Call in_this_process() {
  api::MethodTable methods;
  report::add_profile_methods(methods);
  return [methods](const std::string& request, ByteView data) { return api::handle(methods, request, data); };
}

// A request of shared/api: the method's name in the path, its parameters as JSON in ?params=, its bytes as the body.
Response call(const Call& answer_call, const std::string& method, const Request& request) {
  json::object call{{"method", method}};
  try {
    if (const auto params = request.parameter("params"); !params.empty()) call["params"] = parse_json(params, "params");
  } catch (const Error& error) {
    return error_response(error);
  }
  api::Response answer = answer_call(json::serialize(call), as_byte_view(request.body));
  return text_response(std::move(answer.json), "application/json", answer.error ? http_status(*answer.error) : 200);
}

void add_own_routes(Router& router, const ServerOptions& options, const Metrics& metrics) {
  const std::string status =
      json::serialize(json::object{{"engine", "native"}, {"api", 1}, {"version", options.version}});
  router.add({"GET",
              "/api/v1/status",
              "Which engine answers here",
              {{"type", "object"}, {"required", {"engine", "api", "version"}}},
              0,
              false,
              [status](Request&, const Parts&) { return text_response(status); }});
  router.add({"GET", "/healthz", "Whether the server answers", {}, 0, false, [](Request&, const Parts&) {
                return text_response("ok\n", "text/plain");
              }});
  router.add({"GET",
              "/metrics",
              "What the server has done, in Prometheus' text format",
              {},
              0,
              false,
              [&metrics](Request&, const Parts&) {
                return text_response(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
              }});
  const Call answer_call = options.call ? options.call : in_this_process();
  router.add({"POST",
              "/api/v1/call/{method}",
              "A request of the programming interface; the body is its bytes",
              {{"type", "object"}},
              kMaxCallBytes,
              true,
              [answer_call](Request& request, const Parts& parts) { return call(answer_call, parts[0], request); }});
}

void show_counts(const Counts& counts, Metrics& metrics) {
  const auto of = [](const std::atomic<std::uint64_t>& count) {
    return [&count] { return static_cast<double>(count); };
  };
  metrics.show("chunkmark_connections", "gauge", "Connections that are open.", of(counts.open));
  metrics.show("chunkmark_event_streams", "gauge", "Connections that listen to events.", of(counts.streams));
  metrics.show("chunkmark_connections_total", "counter", "Connections that were accepted.", of(counts.accepted));
  metrics.show("chunkmark_connections_dropped_total", "counter", "Connections that made room.", of(counts.dropped));
  metrics.show("chunkmark_malformed_total", "counter", "Requests that are no HTTP.", of(counts.malformed));
}

Response finished(const Request& request, Response response) {
  add_policy(request, response);
  return response;
}

// The route's answer, or the error that it throws.
Response routed(const Router::Match& match, Request& request) {
  try {
    return match.route->call(request, match.parts);
  } catch (const Error& error) {
    return error_response(error);
  } catch (const std::exception& error) {
    return refusal(500, error.what());
  }
}

Application application_of(const Router& router, Guard& guard, Representation& representation, Metrics& metrics) {
  Application application;
  application.refuse = [](int status, const std::string& message) { return finished({}, refusal(status, message)); };
  application.admit = [&router, &guard](const Request& request) {
    Application::Admission admission;
    if (auto refused = guard.refuse(request)) {
      admission.refusal = finished(request, std::move(*refused));
      return admission;
    }
    const Router::Match match = router.match(request);
    if (match.route == nullptr) {
      const bool is_known = !match.allowed.empty();
      Response refused = is_known ? refusal(405, request.method + " " + request.path + ": expected " + match.allowed)
                                  : not_found(request);
      if (is_known) refused.headers.emplace_back("Allow", match.allowed);
      admission.refusal = finished(request, std::move(refused));
      return admission;
    }
    admission.max_body_bytes = std::max(match.route->max_body_bytes, kMaxOtherBytes);
    admission.computes = match.route->computes;
    return admission;
  };
  application.answer = [&](Request& request) {
    const auto began = std::chrono::steady_clock::now();
    const Router::Match match = router.match(request);
    Response response = routed(match, request);
    try {
      representation.apply(request, response);
    } catch (const Error& error) {
      response = error_response(error);
    }
    metrics.count(match.route->pattern, request.method, response.status, std::chrono::steady_clock::now() - began);
    return finished(request, std::move(response));
  };
  return application;
}

}  // namespace

void serve(const ServerOptions& options) {
  Listener listener(options.address, options.limits);
  if (!listener.is_loopback() && options.guard.token.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                options.address.host + ": expected a token where other machines reach the server (--token-file)");
  }
  const std::filesystem::path site = options.make_site();
  if (!std::filesystem::is_directory(site)) throw Error(ErrorCode::kNotFound, site.string() + ": no such folder");
  Metrics metrics;
  Router router;
  add_own_routes(router, options, metrics);
  show_counts(listener.counts(), metrics);
  if (options.add_routes) options.add_routes(router, metrics);
  router.add({"",
              "/api/{path...}",
              "",
              {},
              0,
              false,  // what is not there is no page either
              [](Request& request, const Parts&) { return not_found(request); }});
  router.add({"GET", "/{path...}", "", {}, 0, false, [site](Request& request, const Parts& parts) {
                return file_in(site, parts[0], request);
              }});
  GuardOptions guard_options = options.guard;
  guard_options.is_secure = !options.address.certificate.empty();
  Guard guard(guard_options);
  Representation representation;
  const Application application = application_of(router, guard, representation, metrics);
  listener.run(
      application,
      [&] {
        if (options.on_listening) options.on_listening(listener.port());
      },
      [&] {
        if (options.on_stop) options.on_stop();
      });
}

}  // namespace chunkmark::server
