#include "native/server/guard.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "native/server/router.h"

namespace chunkmark::server {
namespace {

constexpr double kBurst = 20;  // seconds of the rate that may come at once: a page asks for many files
constexpr std::size_t kMaxClients = 10'000;
constexpr std::string_view kCookie = "chunkmark_token=";

// "[::1]:8080" and "localhost:8080" without their port.
std::string_view name_of(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  unsigned char bytes[sizeof(in6_addr)];
  if (name.starts_with('[') && name.ends_with(']')) {
    return inet_pton(AF_INET6, std::string(name.substr(1, name.size() - 2)).c_str(), bytes) == 1;
  }
  return inet_pton(AF_INET, std::string(name).c_str(), bytes) == 1;
}

// In a time that does not tell how much of it is right.
bool is_same_secret(std::string_view given, std::string_view token) {
  return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

std::string_view cookie_of(const Request& request) {
  std::string_view cookies = request.header("cookie");
  const std::size_t at = cookies.find(kCookie);
  if (at == std::string_view::npos || (at > 0 && cookies[at - 1] != ' ' && cookies[at - 1] != ';')) return {};
  cookies.remove_prefix(at + kCookie.size());
  return cookies.substr(0, cookies.find(';'));
}

}  // namespace

std::optional<Response> Guard::refuse(const Request& request) {
  if (!is_within_rate(request.client)) {
    Response response = refusal(429, "too many requests from " + request.client);
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  const std::string_view host = request.header("host");
  if (!host.empty() && !is_known_host(name_of(host))) {
    return refusal(421,
                   "Host: expected localhost, an address or a name given by --allow-host, found " + std::string(host));
  }
  const std::string_view origin = request.header("origin");
  const std::size_t authority = origin.find("://");
  if (!origin.empty() && (authority == std::string_view::npos || origin.substr(authority + 3) != host)) {
    return refusal(403, "Origin: expected a page of this server, found " + std::string(origin));
  }
  const bool is_same_site = origin.empty() && request.header("sec-fetch-site") != "cross-site";
  if (request.method != "GET" && request.method != "HEAD" && origin.empty() && !is_same_site) {
    return refusal(403, "expected a page of this server, found another site's");
  }
  return refuse_without_token(request);
}

bool Guard::is_within_rate(const std::string& client) {
  if (options_.requests_per_second <= 0) return true;
  const auto now = std::chrono::steady_clock::now();
  const double most = kBurst * options_.requests_per_second;
  if (allowances_.size() >= kMaxClients) allowances_.clear();  // a moment's generosity, not memory without bound
  Allowance& allowance = allowances_.try_emplace(client, Allowance{most, now}).first->second;
  const double seconds = std::chrono::duration<double>(now - allowance.at).count();
  allowance.requests = std::min(most, allowance.requests + seconds * options_.requests_per_second);
  allowance.at = now;
  if (allowance.requests < 1) return false;
  allowance.requests -= 1;
  return true;
}

bool Guard::is_known_host(std::string_view name) const {
  return name == "localhost" || is_address(name) ||
         std::find(options_.hosts.begin(), options_.hosts.end(), name) != options_.hosts.end();
}

std::optional<Response> Guard::refuse_without_token(const Request& request) const {
  if (options_.token.empty() || request.path == "/healthz") return std::nullopt;
  constexpr std::string_view kBearer = "Bearer ";
  std::string_view given = request.header("authorization");
  if (given.starts_with(kBearer)) {
    given.remove_prefix(kBearer.size());
  } else {
    given = cookie_of(request);
  }
  if (is_same_secret(given, options_.token)) return std::nullopt;
  if (request.method == "GET" && is_same_secret(request.parameter("token"), options_.token)) {
    Response response = text_response("", "text/plain", 303);
    response.headers = {{"Location", request.target.substr(0, request.target.find('?'))},
                        {"Set-Cookie", std::string(kCookie) + options_.token + "; Path=/; HttpOnly; SameSite=Strict" +
                                           (options_.is_secure ? "; Secure" : "")}};
    return response;
  }
  Response response = refusal(401,
                              "expected the server's token: open the address that it has printed, or send it as "
                              "Authorization: Bearer");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace chunkmark::server
