// Connection: bytes to and from one HTTP server, over TCP or TLS, with no buffer of its own in between.
//
// Why not a library's client: the contract is that an array's memory is what is sent, and that what is read lands where
// it belongs. libcurl takes an upload through a buffer that a callback fills and hands a download to a callback that
// copies it out; cpp-httplib reads bodies through a buffer on its stack: a memcpy of every byte each. Here the kernel
// (or OpenSSL, which must copy to encrypt) is given the array itself.
//
// Owns the socket. Borrows what it sends and fills, for the call. Not thread-safe.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "native/s3/settings.h"

namespace chunkmark::s3 {

// The connection is of no use any more: it could not be made, was cut, or nothing moved for too long. Another one
// may work, so this is caught and tried again; what is left of it at last becomes an Error.
class Disconnected : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Patience {
  int connect_seconds = 10;
  int idle_seconds = 30;  // in which nothing moves
};

class Connection {
 public:
  // `ca_file`: trusted besides the system's; may be empty. Errors: Disconnected; kInvalidArgument for a file that holds
  // no certificates, and for a server whose certificate does not fit.
  Connection(const Endpoint& endpoint, const std::string& ca_file, Patience patience = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::span<const ByteView> runs);

  // Fills a part of the runs, at least one byte. Errors: Disconnected, also when the server has closed.
  std::size_t receive(std::span<const MutableByteView> runs);

  // False when the server has closed it, or has sent what nobody asked for.
  bool is_quiet() const;

 private:
  struct Tls;

  [[noreturn]] void fail(const std::string& what) const;
  void connect(const Endpoint& endpoint, Patience patience);
  void start_tls(const Endpoint& endpoint, const std::string& ca_file);

  std::string peer_;
  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
};

}  // namespace chunkmark::s3
