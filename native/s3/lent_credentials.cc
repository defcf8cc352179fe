#include "native/s3/lent_credentials.h"

#include "base/error.h"
#include "base/json_members.h"
#include "native/s3/client.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 << 10;  // tokens have a few kilobytes

struct Answer {
  int status;
  std::string text;
};

// One request over a connection of its own. The endpoint is named in errors, what was sent is not.
Answer ask(const Endpoint& endpoint, const std::string& ca_file, const std::string& request_line, Fields headers,
           const std::string& body = "") {
  const std::string method = request_line.substr(0, request_line.find(' '));
  headers.emplace_back("host", endpoint.authority());
  headers.emplace_back("connection", "close");
  if (method != "GET") headers.emplace_back("content-length", std::to_string(body.size()));
  std::string text = request_line + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "\r\n" + body;
  for (int n = 1;; ++n) {
    try {
      auto connection = std::make_unique<Connection>(endpoint, ca_file, Patience{kLenderSeconds, kLenderSeconds});
      const ByteView whole = as_byte_view(text);
      connection->send(std::span(&whole, 1));
      Response response(nullptr, std::move(connection), method);
      Answer answer{response.head().status, response.document(kMaxAnswerBytes)};
      if (answer.status < 500 || n == kLenderAttempts) return answer;
    } catch (const Disconnected& cut) {
      if (n == kLenderAttempts) {
        throw Error(ErrorCode::kUnavailable,
                    endpoint.url() + ": expected credentials, found nobody who answers: " + cut.what());
      }
    }
  }
}

std::string checked(const Endpoint& endpoint, const Answer& answer, const std::string& what) {
  if (answer.status == 200) return answer.text;
  const ServerError error = parse_server_error(answer.text);
  throw Error(ErrorCode::kIo, endpoint.url() + ": expected " + what + ", found " + std::to_string(answer.status) +
                                  (error.code.empty() ? "" : " " + error.code + ": " + error.message));
}

// A header's value that came from a file or a variable.
std::string one_line(std::string text, const std::string& name) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty() || text.find_first_of("\r\n") != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                name + ": expected a token in one line, found " + (text.empty() ? "nothing" : "several lines"));
  }
  return text;
}

std::time_t expiry(const std::string& text, const std::string& name) {
  if (const std::optional<std::time_t> seconds = utc_seconds(text)) return *seconds;
  throw Error(ErrorCode::kCorrupt, name + ": expected a time such as 2026-11-28T09:00:00Z of the expiry");
}

// {"AccessKeyId": .., "SecretAccessKey": .., "Token": .., "Expiration": ..}. No part of it goes into a message.
Loan parse_loan(const Endpoint& endpoint, const std::string& text) {
  const std::string name = endpoint.url();
  json::object object;
  try {
    object = as_object(parse_json(text, name), "an object", name);
  } catch (const Error&) {
    throw Error(ErrorCode::kCorrupt, name + ": expected credentials as JSON, found something else");
  }
  const auto member_of = [&](const char* key) {
    const json::value* found = object.if_contains(key);
    if (found == nullptr || !found->is_string() || found->get_string().empty()) {
      throw Error(ErrorCode::kCorrupt, name + ": expected credentials with " + key + ", found none");
    }
    return std::string(found->get_string());
  };
  return {{member_of("AccessKeyId"), member_of("SecretAccessKey"), member_of("Token")},
          expiry(member_of("Expiration"), name)};
}

}  // namespace

Credentials LentCredentials::current() {
  const std::scoped_lock lock(mutex_);
  const std::time_t now = std::time(nullptr);
  if (loan_ && now + kRenewSeconds < loan_->expires) return loan_->credentials;
  try {
    loan_ = lender_();
  } catch (const Error&) {
    if (!loan_ || now >= loan_->expires) throw;
  }
  return loan_->credentials;
}

void LentCredentials::give_back(const Credentials& refused) {
  const std::scoped_lock lock(mutex_);
  if (loan_ && loan_->credentials.key_id == refused.key_id && loan_->credentials.token == refused.token) loan_.reset();
}

Loan lend_for_web_identity(const WebIdentity& identity) {
  const std::string token = one_line(identity.file(identity.token_file), identity.token_file);
  const std::string form = query_text({{"Action", "AssumeRoleWithWebIdentity"},
                                       {"Version", "2011-06-15"},
                                       {"RoleArn", identity.role},
                                       {"RoleSessionName", identity.session},
                                       {"WebIdentityToken", token}});
  const Answer answer =
      ask(identity.sts, identity.ca_file, "POST /", {{"content-type", "application/x-www-form-urlencoded"}}, form);
  if (answer.status != 200) {
    ServerError error;
    try {
      for (const XmlLeaf& leaf : xml_leaves(answer.text)) {
        if (leaf.path == "ErrorResponse/Error/Code") error.code = leaf.text;
        if (leaf.path == "ErrorResponse/Error/Message") error.message = leaf.text;
      }
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a proxy's page
    }
    throw Error(ErrorCode::kIo, identity.sts.url() + ": AssumeRoleWithWebIdentity of " + identity.role +
                                    ": expected success, found " + std::to_string(answer.status) +
                                    (error.code.empty() ? "" : " " + error.code + ": " + error.message) +
                                    "; check AWS_ROLE_ARN, and that the token of " + identity.token_file +
                                    " is not too old");
  }
  Loan loan;
  std::string expires;
  const std::string above = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/";
  for (XmlLeaf& leaf : xml_leaves(answer.text)) {
    if (leaf.path == above + "AccessKeyId") {
      loan.credentials.key_id = std::move(leaf.text);
    } else if (leaf.path == above + "SecretAccessKey") {
      loan.credentials.secret = std::move(leaf.text);
    } else if (leaf.path == above + "SessionToken") {
      loan.credentials.token = std::move(leaf.text);
    } else if (leaf.path == above + "Expiration") {
      expires = std::move(leaf.text);
    }
  }
  if (loan.credentials.key_id.empty() || loan.credentials.secret.empty() || loan.credentials.token.empty()) {
    throw Error(ErrorCode::kCorrupt, identity.sts.url() + ": expected credentials of a role, found none");
  }
  loan.expires = expiry(expires, identity.sts.url());
  return loan;
}

Loan lend_to_container(const ContainerEndpoint& container) {
  Fields headers;
  if (!container.token_file.empty()) {
    headers.emplace_back("authorization", one_line(container.file(container.token_file), container.token_file));
  } else if (!container.token.empty()) {
    headers.emplace_back("authorization", one_line(container.token, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  }
  const Answer answer = ask(container.endpoint, "", "GET " + container.path, headers);
  return parse_loan(container.endpoint, checked(container.endpoint, answer, "a container's credentials"));
}

Loan lend_to_instance(const Endpoint& metadata) {
  constexpr char kPath[] = "/latest/meta-data/iam/security-credentials/";
  const std::string token = one_line(
      checked(metadata, ask(metadata, "", "PUT /latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}),
              "a token of the instance's metadata"),
      metadata.url());
  const Fields headers{{"x-aws-ec2-metadata-token", token}};
  const std::string role =
      one_line(checked(metadata, ask(metadata, "", std::string("GET ") + kPath, headers), "the instance's role"),
               metadata.url());
  const Answer answer = ask(metadata, "", std::string("GET ") + kPath + percent_encoded(role, false), headers);
  return parse_loan(metadata, checked(metadata, answer, "credentials of the instance's role"));
}

}  // namespace chunkmark::s3
