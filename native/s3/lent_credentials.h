// LentCredentials: credentials that a service lends for some hours, asked for again before they expire.
//
// Three protocols, as the AWS tools use them (settings.h: when which): STS AssumeRoleWithWebIdentity for a token in a
// file, the endpoint of a container (ECS, EKS), and the metadata of an EC2 instance (IMDSv2: a session's token first).
// Lent credentials are kept until kRenewSeconds before they expire; while they hold, a service that does not answer
// then is no error. Every request has kLenderSeconds to connect and to answer. Thread-safe. Errors: kUnavailable where
// nobody answers, kIo with the service's own code and words, kCorrupt for what is no answer; none has a secret in it.
// Sources: AWS STS API reference; "Container credential provider" and "IMDS credential provider" (AWS SDKs reference).
#pragma once

#include <ctime>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "native/s3/settings.h"

namespace chunkmark::s3 {

constexpr int kRenewSeconds = 300;
constexpr int kLenderSeconds = 2;  // these services are near; on a machine that has none, nobody waits for long
constexpr int kLenderAttempts = 2;

struct Loan {
  Credentials credentials;
  std::time_t expires = 0;
};

class LentCredentials {
 public:
  using Lender = std::function<Loan()>;
  explicit LentCredentials(Lender lender) : lender_(std::move(lender)) {}

  Credentials current();
  // The service has refused these before their time: the next call of current() asks for others.
  void give_back(const Credentials& refused);

 private:
  Lender lender_;
  std::mutex mutex_;
  std::optional<Loan> loan_;
};

// The token is read anew for each loan: whoever puts it there replaces it.
struct WebIdentity {
  Endpoint sts;
  std::string ca_file, role, session, token_file;
  std::function<std::string(const std::string& path)> file;
};
Loan lend_for_web_identity(const WebIdentity& identity);

struct ContainerEndpoint {
  Endpoint endpoint;
  std::string path;
  std::string token, token_file;  // one of them, or none
  std::function<std::string(const std::string& path)> file;
};
Loan lend_to_container(const ContainerEndpoint& container);

Loan lend_to_instance(const Endpoint& metadata);

}  // namespace chunkmark::s3
