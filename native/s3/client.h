// Client: requests to one bucket, signed, over connections that are kept, with bounded repetitions.
//
// A request's body is sent from where it lies; an answer's body stays with the connection until it is read, straight
// into where it belongs. Thread-safe: every request has a connection to itself. A Response must not outlive its Client.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "native/s3/connection.h"
#include "native/s3/documents.h"
#include "native/s3/response_head.h"
#include "native/s3/settings.h"

namespace chunkmark::s3 {

struct Request {
  std::string method;
  std::string key;  // of the object; empty: the bucket itself
  Fields query;
  Fields headers;              // lower-case names
  std::vector<ByteView> body;  // borrowed
};

class Client;

// An answer whose body is not read yet. Not thread-safe.
class Response {
 public:
  // `client`: keeps the connection if the body was read to its end; null: nobody does.
  Response(Client* client, std::unique_ptr<Connection> connection, const std::string& method);
  ~Response();
  Response(Response&&) = default;
  Response& operator=(Response&&) = delete;

  const ResponseHead& head() const { return head_; }
  std::uint64_t left() const { return left_; }  // of the body; not of a chunked one

  // Fills the runs with the body's next bytes. Errors: Disconnected; kCorrupt if fewer are left.
  void read(std::span<const MutableByteView> runs);

  // The rest of the body. Errors: Disconnected; kCorrupt beyond `max_bytes`.
  std::string document(std::size_t max_bytes);

 private:
  void read_head();
  std::string read_line();
  std::string chunked_document(std::size_t max_bytes);
  void take(MutableByteView into);

  Client* client_;
  std::unique_ptr<Connection> connection_;
  ResponseHead head_;
  std::string early_;  // of the body, received together with the head
  std::uint64_t left_ = 0;
  bool is_whole_ = false;  // nothing is left on the connection
};

class Client {
 public:
  explicit Client(Settings settings) : settings_(std::move(settings)) {}

  const Settings& settings() const { return settings_; }

  using Take = std::function<void(Response&)>;
  // Sends the request until there is an answer, 2xx or one of the `accepted` statuses, and `take` has had what it wants
  // of it; `take` may be called again. Faults that may pass are tried again (retry.h), and once with others where lent
  // credentials have expired. Returns whether an earlier attempt may have been carried out by the server all the same.
  // Errors: with the server's own code and words, what was asked of whom, and what may help; kUnavailable after
  // kMaxAttempts.
  bool call(const Request& request, std::initializer_list<int> accepted, const Take& take);

  // For those that go on by themselves when a connection is cut while they read: sleeps, or gives up after
  // kMaxAttempts with kUnavailable.
  void pause(const Request& request, int attempt, const std::string& failure) const;

  // Errors: always, with what the server said.
  [[noreturn]] void refuse(const Request& request, int status, const ServerError& error) const;

  bool is_plain() const { return settings_.bucket.empty(); }

  // "s3://bucket/key"; an URL without its query, which may hold a secret
  std::string name_of(const std::string& key) const;

 private:
  friend class Response;

  using Who = std::optional<Credentials>;
  Who who() const;
  Response attempt(const Request& request, const Who& who);
  std::string head_text(const Request& request, const Who& who) const;
  std::unique_ptr<Connection> connection();
  void keep(std::unique_ptr<Connection> connection);

  Settings settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace chunkmark::s3
