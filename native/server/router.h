// Router: which route answers a request. Routes are kept in a table that the description of the interface (OpenAPI) is
// made from as well. Filled once, then read by several threads.
//
// A pattern is a path of plain parts, {name} for any one part and {name...} for all that are left: the first route
// whose pattern and method fit answers; one that ends with {name...} only where none before it fits the path. HEAD is
// answered as GET. A path that has routes, but none of this method: 405.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "native/server/http.h"

namespace chunkmark::server {

using Parts = std::vector<std::string>;  // what stands for {name}, in order

struct Route {
  std::string method, pattern;       // no method: any
  std::string summary;               // for the description; empty: it is not in it
  json::object answer = {};          // its schema
  std::uint64_t max_body_bytes = 0;  // 0: the few bytes that any request may bring
  bool computes = false;             // takes a processor for a while
  std::function<Response(Request& request, const Parts& parts)> call = {};
};

class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }

  struct Match {
    const Route* route = nullptr;
    Parts parts = {};
    std::string allowed = {};  // methods of routes that fit but for theirs: "GET, HEAD"
  };
  Match match(const Request& request) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// A stream of events: from where the client says it was (Last-Event-ID), or else from number `from` on.
Response events_response(SharedEvents events, const Request& request, std::uint64_t from);

// {"error": {"code": ..., "message": ...}}
Response error_response(int status, std::string_view code, std::string_view message);
Response error_response(const Error& error);
// By the status alone: what is no error of ours has the code that comes nearest.
Response refusal(int status, std::string_view message);

// The status of a response that tells an error of this code.
int http_status(ErrorCode code);

}  // namespace chunkmark::server
