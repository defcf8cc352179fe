// The embedded HTTP server: the static site's files, with this program as its engine. Blocks until a signal ends it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace chunkmark::server {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0 takes a free one
  std::filesystem::path site_folder;
  std::string version;
  std::function<void(int port)> on_listening;  // called once, when requests are accepted
};

// Errors: kUnavailable if the address cannot be listened on, kNotFound without the site's folder.
void serve(const ServerOptions& options);

}  // namespace chunkmark::server
