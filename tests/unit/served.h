// Served: a server of a folder with pages and a run, asked through a socket, so that a test can send what no browser
// would.
#pragma once

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include "native/server/server.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::server {

// Beside the folder lies a secret that no request may reach. Ends by a signal of the process.
class Served {
 public:
  explicit Served(const GuardOptions& guard = {}) {
    std::filesystem::create_directories(site() / "runs" / "one");
    std::ofstream(folder_.path() / "secret.txt") << "SECRET";
    std::ofstream(site() / "index.html") << "<!doctype html><title>pages</title>";
    std::ofstream(site() / "app.mjs") << "export {}";
    std::ofstream(site() / "core.wasm") << "wasm";
    std::ofstream(site() / "runs" / "one" / "run.json") << R"({"schema":"chunkmark.run/1"})";
    std::promise<int> port;
    std::future<int> told = port.get_future();
    thread_ = std::thread([this, &port, &guard] {
      ServerOptions options;
      options.guard = guard;
      options.address.port = 0;
      options.make_site = [this] { return site(); };
      options.version = "1.2.3";
      options.on_listening = [&port](int number) { port.set_value(number); };
      serve(options);
    });
    port_ = told.get();
  }
  ~Served() {
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  std::filesystem::path site() const { return folder_.path() / "site"; }
  int port() const { return port_; }

  // Sends `request` as it stands and reads the response, or until the server closes.
  std::string send(std::string_view request) const {
    const bool without_body = request.starts_with("HEAD ");
    const int wire = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{10, 0};
    ::setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(wire, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    while (!request.empty()) {
      const ssize_t sent = ::send(wire, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // the server has heard enough
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
    std::string response;
    char part[4096];
    while (!is_whole(response, without_body)) {
      const ssize_t n = ::recv(wire, part, sizeof part, 0);
      if (n <= 0) break;
      response.append(part, static_cast<std::size_t>(n));
    }
    ::close(wire);
    return response;
  }
  std::string ask(const std::string& line, const std::string& headers = "", const std::string& body = "") const {
    const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + length + "\r\n" + body);
  }

 private:
  static bool is_whole(const std::string& response, bool without_body) {
    const std::size_t end = response.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t length = response.find("Content-Length: ");
    if (without_body || length > end) return true;
    return response.size() >= end + 4 + std::stoul(response.substr(length + 16));
  }

  TemporaryFolder folder_;
  std::thread thread_;
  int port_ = 0;
};

inline int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}
inline std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}
inline bool has_header(const std::string& response, const std::string& line) {
  return response.substr(0, response.find("\r\n\r\n") + 2).find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace chunkmark::server
