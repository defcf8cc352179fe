// The embedded HTTP server: the static site's files, with this program as its engine. Blocks until a signal ends it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/api.h"
#include "base/error.h"
#include "native/server/guard.h"
#include "native/server/listener.h"
#include "native/server/metrics.h"
#include "native/server/router.h"

namespace chunkmark::server {

struct ServerOptions {
  Address address;
  Limits limits;
  GuardOptions guard;
  std::string version;
  // Makes the site's folder. Called once the address is ours: who cannot have it has not written anything yet; and
  // before there are threads.
  std::function<std::filesystem::path()> make_site;
  // Answers a request of shared/api with the bytes beside it: null for the methods on captures, in this process.
  std::function<api::Response(const std::string& request, ByteView data)> call;
  // Further routes, after those of this server and before the site's files. Called after make_site.
  std::function<void(Router& router, Metrics& metrics)> add_routes;
  std::function<void(int port)> on_listening;  // called once, when requests are accepted
  std::function<void()> on_stop;               // called once, when no more are: what keeps answers waiting is ended
};

// Errors: kUnavailable if the address cannot be listened on, kNotFound without the site's folder, those of make_site;
// kInvalidArgument where others could reach it and there is no token.
void serve(const ServerOptions& options);

}  // namespace chunkmark::server
