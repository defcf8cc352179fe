#include "native/server/router.h"

#include <algorithm>
#include <charconv>

namespace chunkmark::server {
namespace {

// Whether `path` is of the pattern: then `parts` is filled.
bool fits(std::string_view pattern, std::string_view path, Parts& parts) {
  parts.clear();
  while (true) {
    const std::string_view expected = pattern.substr(0, pattern.find('/', 1));
    if (expected.ends_with("...}")) {
      parts.emplace_back(path.substr(std::min<std::size_t>(1, path.size())));
      return path.starts_with('/');
    }
    const std::string_view found = path.substr(0, path.find('/', 1));
    if (expected.starts_with("/{")) {
      if (found.size() < 2) return false;
      parts.emplace_back(found.substr(1));
    } else if (expected != found) {
      return false;
    }
    pattern.remove_prefix(expected.size());
    path.remove_prefix(found.size());
    if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
  }
}

ErrorCode code_of(int status) {
  switch (status) {
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 405:
    case 501:
    case 505:
      return ErrorCode::kUnsupported;
    case 429:
    case 503:
      return ErrorCode::kUnavailable;
    case 500:
      return ErrorCode::kIo;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

}  // namespace

Router::Match Router::match(const Request& request) const {
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  Match match;
  for (const Route& route : routes_) {
    if (!fits(route.pattern, request.path, match.parts)) continue;
    if (!match.allowed.empty() && route.pattern.ends_with("...}")) break;
    if (route.method.empty() || route.method == method) {
      match.route = &route;
      return match;
    }
    if (match.allowed.find(route.method) != std::string::npos) continue;
    match.allowed += (match.allowed.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
  }
  return match;
}

Response events_response(SharedEvents events, const Request& request, std::uint64_t from) {
  const std::string_view last = request.header("last-event-id");
  std::uint64_t heard = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), heard);
  Response response;
  response.type = "text/event-stream";
  response.body = std::move(events);
  response.offset = !last.empty() && error == std::errc() ? heard + 1 : from;
  return response;
}

Response error_response(int status, std::string_view code, std::string_view message) {
  const json::object error{{"code", code}, {"message", message}};
  return text_response(json::serialize(json::object{{"error", error}}), "application/json", status);
}

Response error_response(const Error& error) {
  return error_response(http_status(error.code()), error_code_name(error.code()), error.what());
}

Response refusal(int status, std::string_view message) {
  return error_response(status, error_code_name(code_of(status)), message);
}

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

}  // namespace chunkmark::server
