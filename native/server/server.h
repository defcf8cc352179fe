// The embedded HTTP server: the static site's files, with this program as its engine. Blocks until a signal ends it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "bytes/random_access.h"

namespace chunkmark::server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0 takes a free one
  std::string version;
  // Makes the site's folder. Called once the address is ours: who cannot have it has not written anything yet.
  std::function<std::filesystem::path()> make_site;
  // A file of a run of the site, or null: read in place, wherever it lies. Called from several threads.
  std::function<std::unique_ptr<bytes::RandomAccess>(const std::string& id, const std::string& file)> open_run_file;
  std::function<void(int port)> on_listening;  // called once, when requests are accepted
};

// Errors: kUnavailable if the address cannot be listened on, kNotFound without the site's folder, those of make_site.
void serve(const ServerOptions& options);

// The status of a response that tells an error of this code.
int http_status(ErrorCode code);

}  // namespace chunkmark::server
