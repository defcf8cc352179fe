// Service: a small HTTP server on the loopback device for tests: one request a connection, one after the other.
//
// Owns its thread, on which `answer` is called.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "unit/catch.h"

namespace chunkmark {

struct Reply {
  int status;  // 0: the connection is closed without an answer
  std::string body;
  std::string headers = "";  // lines
};
struct Asked {
  std::string line, head, body;  // "GET /path", headers in one text
  bool has(const std::string& header) const { return head.find("\r\n" + header + "\r\n") != std::string::npos; }
};

class Service {
 public:
  explicit Service(std::function<Reply(const Asked&)> answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Service() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int asked() const { return asked_; }

 private:
  void serve() {
    for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      std::string text;
      char piece[4096];
      std::size_t end = std::string::npos, length = 0;
      while (end == std::string::npos || text.size() < end + 4 + length) {
        const ssize_t n = ::recv(client, piece, sizeof piece, 0);
        if (n <= 0) break;
        text.append(piece, static_cast<std::size_t>(n));
        if (end != std::string::npos || (end = text.find("\r\n\r\n")) == std::string::npos) continue;
        const std::size_t at = text.find("content-length: ");
        if (at < end) length = std::stoul(text.substr(at + 16));
      }
      if (end == std::string::npos) continue;
      ++asked_;
      const Reply reply = answer_({text.substr(0, text.find(" HTTP/")), text.substr(0, end + 2), text.substr(end + 4)});
      if (reply.status == 0) continue;
      const std::string answer = "HTTP/1.1 " + std::to_string(reply.status) +
                                 " X\r\ncontent-length: " + std::to_string(reply.body.size()) + "\r\n" + reply.headers +
                                 "\r\n" + reply.body;
      ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  std::function<Reply(const Asked&)> answer_;
  int listener_ = -1, port_ = 0;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

}  // namespace chunkmark
