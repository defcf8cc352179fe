// Guard: who may ask at all. Used on the thread of the sockets alone.
//
// A page of another origin must not reach a server on the reader's own machine: neither as another origin (Origin) nor
// by a name that it has made to mean this machine (Host, "DNS rebinding"; an address as Host cannot be made to mean
// another). Where there is a token, only who brings it is answered: `Authorization: Bearer`, or once ?token= on a page,
// which leaves it in a cookie.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "native/server/http.h"

namespace chunkmark::server {

struct GuardOptions {
  std::string token = {};               // empty: none is asked for
  std::vector<std::string> hosts = {};  // names that the server is asked by, besides localhost and addresses
  double requests_per_second = 0;       // of one client, in the long run; 0: any number
  bool is_secure = false;               // below TLS
};

class Guard {
 public:
  explicit Guard(GuardOptions options) : options_(std::move(options)) {}

  // Null: it may ask.
  std::optional<Response> refuse(const Request& request);

 private:
  struct Allowance {
    double requests = 0;
    std::chrono::steady_clock::time_point at;
  };
  bool is_within_rate(const std::string& client);
  bool is_known_host(std::string_view host) const;
  std::optional<Response> refuse_without_token(const Request& request) const;

  GuardOptions options_;
  std::unordered_map<std::string, Allowance> allowances_;
};

}  // namespace chunkmark::server
