#include "native/s3/connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kRunsPerCall = 64;                    // pieces are large; more would only fill the stack
constexpr std::size_t kMaxTlsBytes = std::size_t{1} << 30;  // OpenSSL takes an int

std::string openssl_reason() {
  const unsigned long code = ::ERR_get_error();
  const char* reason = code != 0 ? ::ERR_reason_error_string(code) : nullptr;
  ::ERR_clear_error();
  return reason != nullptr ? reason : "the connection was cut";
}

// OpenSSL writes to sockets without MSG_NOSIGNAL.
void ignore_broken_pipes() {
  struct sigaction action {};
  if (::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

struct Connection::Tls {
  ~Tls() {
    ::SSL_free(session);
    ::SSL_CTX_free(context);
  }
  SSL_CTX* context = nullptr;
  SSL* session = nullptr;
};

Connection::Connection(const Endpoint& endpoint, const std::string& ca_file, Patience patience)
    : peer_(endpoint.url()) {
  connect(endpoint, patience);
  try {
    if (endpoint.tls) start_tls(endpoint, ca_file);
  } catch (...) {
    tls_.reset();
    ::close(socket_);
    throw;
  }
}

Connection::~Connection() {
  if (tls_) ::SSL_shutdown(tls_->session);
  tls_.reset();
  ::close(socket_);
}

void Connection::fail(const std::string& what) const {
  throw Disconnected(peer_ + ": " + what);
}

void Connection::connect(const Endpoint& endpoint, Patience patience) {
  std::string host = endpoint.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), endpoint.port.c_str(), &hints, &found); failure != 0) {
    fail(::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    socket_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) fail(std::strerror(errno));
    error = ::connect(socket_, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd waiting{socket_, POLLOUT, 0};
      const int ready = ::poll(&waiting, 1, patience.connect_seconds * 1000);
      socklen_t size = sizeof error;
      if (ready == 1) ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
      if (ready != 1) error = ETIMEDOUT;
    }
    if (error == 0) break;
    ::close(socket_);
    socket_ = -1;
  }
  if (socket_ < 0) fail(std::strerror(error));
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) & ~O_NONBLOCK);
  const timeval idle{patience.idle_seconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Connection::start_tls(const Endpoint& endpoint, const std::string& ca_file) {
  ignore_broken_pipes();
  tls_ = std::make_unique<Tls>();
  tls_->context = ::SSL_CTX_new(::TLS_client_method());
  ::SSL_CTX_set_min_proto_version(tls_->context, TLS1_2_VERSION);
  ::SSL_CTX_set_verify(tls_->context, SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_default_verify_paths(tls_->context);
  if (!ca_file.empty() && ::SSL_CTX_load_verify_locations(tls_->context, ca_file.c_str(), nullptr) != 1) {
    throw Error(ErrorCode::kInvalidArgument, "AWS_CA_BUNDLE: expected certificates in PEM, found none in " + ca_file +
                                                 " (" + openssl_reason() + ")");
  }
  tls_->session = ::SSL_new(tls_->context);
  ::SSL_set_tlsext_host_name(tls_->session, endpoint.host.c_str());
  X509_VERIFY_PARAM* wanted = ::SSL_get0_param(tls_->session);
  if (::X509_VERIFY_PARAM_set1_ip_asc(wanted, endpoint.host.c_str()) != 1) {  // no address: a name
    ::SSL_set1_host(tls_->session, endpoint.host.c_str());
  }
  ::ERR_clear_error();
  ::SSL_set_fd(tls_->session, socket_);
  if (::SSL_connect(tls_->session) == 1) return;
  if (const long verdict = ::SSL_get_verify_result(tls_->session); verdict != X509_V_OK) {
    throw Error(ErrorCode::kInvalidArgument,
                peer_ + ": its certificate is not accepted: " + ::X509_verify_cert_error_string(verdict) +
                    " (AWS_CA_BUNDLE names further certificates to trust)");
  }
  fail("TLS: " + openssl_reason());
}

void Connection::send(std::span<const ByteView> runs) {
  if (tls_) {
    for (ByteView run : runs) {
      while (!run.empty()) {
        const int sent = ::SSL_write(tls_->session, run.data(), static_cast<int>(std::min(run.size(), kMaxTlsBytes)));
        if (sent <= 0) fail("send: " + openssl_reason());
        run = run.subspan(static_cast<std::size_t>(sent));
      }
    }
    return;
  }
  std::size_t first = 0, skip = 0;  // what has been sent: runs before `first`, and `skip` bytes of that one
  while (true) {
    while (first < runs.size() && runs[first].size() == skip) ++first, skip = 0;
    if (first == runs.size()) return;
    std::array<iovec, kRunsPerCall> pieces;
    std::size_t n = 0;
    for (std::size_t i = first; i < runs.size() && n < pieces.size(); ++i) {
      const ByteView run = runs[i].subspan(i == first ? skip : 0);
      pieces[n++] = {const_cast<std::byte*>(run.data()), run.size()};  // sendmsg only reads
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = n;
    const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send: " + std::string(errno == EAGAIN ? "nothing moved for too long" : std::strerror(errno)));
    for (auto left = static_cast<std::size_t>(sent); left > 0;) {
      const std::size_t step = std::min(left, runs[first].size() - skip);
      skip += step;
      left -= step;
      if (skip == runs[first].size()) ++first, skip = 0;
    }
  }
}

std::size_t Connection::receive(std::span<const MutableByteView> runs) {
  if (tls_) {
    for (const MutableByteView run : runs) {
      if (run.empty()) continue;
      const int size = ::SSL_read(tls_->session, run.data(), static_cast<int>(std::min(run.size(), kMaxTlsBytes)));
      if (size <= 0) fail("receive: " + openssl_reason());
      return static_cast<std::size_t>(size);
    }
    return 0;
  }
  std::array<iovec, kRunsPerCall> pieces;
  std::size_t n = 0;
  for (const MutableByteView run : runs) {
    if (n == pieces.size()) break;
    if (!run.empty()) pieces[n++] = {run.data(), run.size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = n;
  while (true) {
    const ssize_t size = ::recvmsg(socket_, &message, 0);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size < 0 && errno == EINTR) continue;
    if (size == 0) fail("receive: the server has closed the connection");
    fail("receive: " + std::string(errno == EAGAIN ? "nothing came for too long" : std::strerror(errno)));
  }
}

bool Connection::is_quiet() const {
  pollfd state{socket_, POLLIN, 0};
  return ::poll(&state, 1, 0) == 0 && (!tls_ || ::SSL_pending(tls_->session) == 0);
}

}  // namespace chunkmark::s3
