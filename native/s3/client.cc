#include "native/s3/client.h"

#include <algorithm>
#include <ctime>
#include <random>
#include <thread>

#include "base/error.h"
#include "bytes/random_access.h"
#include "native/s3/lent_credentials.h"
#include "native/s3/retry.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kMaxIdle = 64;              // as many threads as an executor has
constexpr std::size_t kMaxErrorBytes = 64 << 10;  // servers send a few hundred
constexpr std::size_t kSignedBodyBytes =
    64 << 10;  // smaller bodies are hashed: it costs nothing, and nobody can change them

std::string time_text(std::time_t now) {
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

std::string joined(const std::vector<ByteView>& body) {
  std::string text;
  for (const ByteView run : body) text += as_text(run);
  return text;
}

ErrorCode code_of(int status) {
  if (status == 404) return ErrorCode::kNotFound;
  if (status == 409 || status == 412) return ErrorCode::kConflict;
  return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kIo;
}

// An answer to HEAD has no words: AWS's is 400 then.
bool may_have_expired(const Request& request, int status, const std::string& code) {
  return code == "ExpiredToken" || (request.method == "HEAD" && status == 400);
}

// What may help, by the server's code.
std::string advice(const ServerError& error, const Settings& settings) {
  const std::string& code = error.code;
  if (!error.region.empty() && error.region != settings.region) {
    return "the bucket is in region " + error.region + ": set AWS_REGION=" + error.region;
  }
  if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" ||
      code == "IllegalLocationConstraintException") {
    return "set AWS_REGION to the bucket's region";
  }
  if (code == "RequestTimeTooSkewed") {
    return "this machine's clock says " + time_text(settings.clock()) +
           (error.server_time.empty() ? "" : ", the server's " + error.server_time) + ": check the clock, and set it";
  }
  if (code == "NoSuchBucket") return "check the bucket's name, and AWS_ENDPOINT_URL if it is not at AWS";
  if (code == "InvalidAccessKeyId") return "check the access key ID, and that it is one of this server's";
  if (code == "SignatureDoesNotMatch") return "check the secret access key";
  if (code == "ExpiredToken" || code == "InvalidToken")
    return "get new credentials: the session token is not valid any more";
  if (code == "AccessDenied") return "check that these credentials may do this in the bucket";
  return "";
}

}  // namespace

// ---- Response

Response::Response(Client* client, std::unique_ptr<Connection> connection, const std::string& method)
    : client_(client), connection_(std::move(connection)) {
  do read_head();
  while (head_.status < 200);  // "100 Continue" and kin
  const bool has_body = method != "HEAD" && head_.status != 204 && head_.status != 304;
  if (!has_body) {
    is_whole_ = early_.empty();
    return;
  }
  if (head_.is_chunked()) return;
  const std::optional<std::uint64_t> length = head_.content_length();
  if (!length) throw Error(ErrorCode::kCorrupt, "HTTP answer: expected a Content-Length, found none");
  left_ = *length;
  is_whole_ = left_ == 0 && early_.empty();
}

Response::~Response() {
  if (connection_ && client_ != nullptr && is_whole_ && head_.keeps_alive()) client_->keep(std::move(connection_));
}

void Response::read_head() {
  // Small pieces: what comes of the body with the last of them has to be copied.
  constexpr std::size_t kPieceBytes = 512;
  std::string text = std::move(early_);
  std::size_t end;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    if (text.size() > kMaxHeadBytes) throw Error(ErrorCode::kCorrupt, "HTTP answer: expected headers, found no end");
    const std::size_t old = text.size();
    text.resize(old + kPieceBytes);
    const MutableByteView piece = std::as_writable_bytes(std::span(text)).subspan(old);
    text.resize(old + connection_->receive(std::span(&piece, 1)));
  }
  head_ = parse_response_head(std::string_view(text).substr(0, end + 4));
  early_ = text.substr(end + 4);
}

void Response::take(MutableByteView into) {
  const std::size_t n = std::min(early_.size(), into.size());
  std::copy_n(reinterpret_cast<const std::byte*>(early_.data()), n, into.data());
  early_.erase(0, n);
  for (into = into.subspan(n); !into.empty();) into = into.subspan(connection_->receive(std::span(&into, 1)));
}

void Response::read(std::span<const MutableByteView> runs) {
  std::uint64_t wanted = bytes::total_bytes(runs);
  if (wanted > left_) {
    throw Error(ErrorCode::kCorrupt,
                "HTTP answer: expected " + std::to_string(wanted) + " bytes more, found " + std::to_string(left_));
  }
  std::vector<MutableByteView> rest(runs.begin(), runs.end());
  std::size_t first = 0;
  const auto advance = [&](std::size_t n) {
    left_ -= n;
    wanted -= n;
    while (n > 0) {
      const std::size_t step = std::min(n, rest[first].size());
      rest[first] = rest[first].subspan(step);
      n -= step;
      if (rest[first].empty()) ++first;
    }
  };
  while (!early_.empty() && wanted > 0) {
    while (rest[first].empty()) ++first;
    const std::size_t n = std::min(early_.size(), rest[first].size());
    take(rest[first].first(n));
    advance(n);
  }
  while (wanted > 0) {
    while (rest[first].empty()) ++first;
    advance(connection_->receive(std::span(rest).subspan(first)));
  }
  is_whole_ = left_ == 0 && early_.empty();
}

std::string Response::document(std::size_t max_bytes) {
  if (head_.is_chunked()) return chunked_document(max_bytes);
  if (left_ > max_bytes) {
    throw Error(ErrorCode::kCorrupt, "HTTP answer: expected at most " + std::to_string(max_bytes) + " bytes, found " +
                                         std::to_string(left_));
  }
  std::string text(static_cast<std::size_t>(left_), '\0');
  const MutableByteView all = std::as_writable_bytes(std::span(text));
  read(std::span(&all, 1));
  return text;
}

// One of a chunked body: these are short, and a byte at a time is simple.
std::string Response::read_line() {
  std::string line;
  while (!line.ends_with("\r\n")) {
    if (line.size() > 1024) throw Error(ErrorCode::kCorrupt, "HTTP answer: expected the size of a chunk, found no end");
    char c;
    take(std::as_writable_bytes(std::span(&c, 1)));
    line += c;
  }
  return line.substr(0, line.size() - 2);
}

std::string Response::chunked_document(std::size_t max_bytes) {
  std::string text;
  while (true) {
    const std::string line = read_line();
    const std::string digits = line.substr(0, line.find(';'));
    if (digits.empty() || digits.size() > 8 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      throw Error(ErrorCode::kCorrupt,
                  "HTTP answer: expected the size of a chunk, found \"" + line.substr(0, 60) + "\"");
    }
    const std::size_t size = std::stoul(digits, nullptr, 16);
    if (size > max_bytes - text.size()) {
      throw Error(ErrorCode::kCorrupt, "HTTP answer: expected at most " + std::to_string(max_bytes) + " bytes");
    }
    if (size == 0) break;
    const std::size_t old = text.size();
    text.resize(old + size);
    take(std::as_writable_bytes(std::span(text)).subspan(old));
    read_line();
  }
  while (!read_line().empty()) {  // trailers
  }
  is_whole_ = early_.empty();
  return text;
}

// ---- Client

std::string Client::name_of(const std::string& key) const {
  if (is_plain()) return settings_.endpoint.url() + key.substr(0, key.find('?'));
  return "s3://" + settings_.bucket + (key.empty() ? "" : "/" + key);
}

std::unique_ptr<Connection> Client::connection() {
  while (true) {
    std::unique_ptr<Connection> kept;
    {
      const std::scoped_lock lock(mutex_);
      if (idle_.empty()) break;
      kept = std::move(idle_.back());
      idle_.pop_back();
    }
    if (kept->is_quiet()) return kept;
  }
  return std::make_unique<Connection>(settings_.endpoint, settings_.ca_file);
}

void Client::keep(std::unique_ptr<Connection> connection) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

Client::Who Client::who() const {
  return settings_.lent ? settings_.lent->current() : settings_.credentials;
}

std::string Client::head_text(const Request& request, const Who& who) const {
  const std::string in_path = settings_.path_style ? "/" + settings_.bucket : "";
  const std::string path = in_path + (request.key.empty() && !in_path.empty() ? "" : "/" + request.key);
  SignedParts parts{request.method, is_plain() ? request.key : percent_encoded(path, true), request.query,
                    request.headers};
  const std::uint64_t body_bytes = bytes::total_bytes(request.body);
  const std::string time = time_text(settings_.clock());
  parts.headers.emplace_back("host", settings_.endpoint.authority());
  if (who) {
    if (body_bytes <= kSignedBodyBytes) parts.payload_hash = sha256_hex(joined(request.body));
    parts.headers.emplace_back("x-amz-content-sha256", parts.payload_hash);
    parts.headers.emplace_back("x-amz-date", time);
    if (!who->token.empty()) {
      parts.headers.emplace_back("x-amz-security-token", who->token);
    }
  }
  const std::string query = query_text(request.query);
  std::string text = request.method + " " + parts.path + (query.empty() ? "" : "?" + query) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : parts.headers) text += name + ": " + value + "\r\n";
  if (who) {
    text += "authorization: " + authorization(parts, *who, settings_.region, time) + "\r\n";
  }
  if (request.method == "PUT" || request.method == "POST") {
    text += "content-length: " + std::to_string(body_bytes) + "\r\n";
  }
  return text + "\r\n";
}

Response Client::attempt(const Request& request, const Who& who) {
  const std::string head = head_text(request, who);
  std::unique_ptr<Connection> to = connection();
  std::vector<ByteView> runs{as_byte_view(head)};
  runs.insert(runs.end(), request.body.begin(), request.body.end());
  try {
    to->send(runs);
  } catch (const Disconnected& failure) {
    // A server that refuses may answer and close before it has taken the body: what it said is worth more than that.
    try {
      return Response(this, std::move(to), request.method);
    } catch (const Disconnected&) {
      throw failure;
    }
  }
  return Response(this, std::move(to), request.method);
}

void Client::refuse(const Request& request, int status, const ServerError& error) const {
  std::string text = name_of(request.key) + ": " + request.method + ": expected success, found " +
                     std::to_string(status) + (error.code.empty() ? "" : " " + error.code) +
                     (error.message.empty() ? "" : ": " + error.message);
  if (is_plain()) throw Error(code_of(status), text);
  text += "; asked " + settings_.endpoint.url() + ", region " + settings_.region + ", with credentials of " +
          settings_.credentials_from;
  if (const std::string help = advice(error, settings_); !help.empty()) text += "; " + help;
  throw Error(code_of(status), text);
}

void Client::pause(const Request& request, int attempt, const std::string& failure) const {
  if (attempt + 1 >= kMaxAttempts) {
    throw Error(ErrorCode::kUnavailable, name_of(request.key) + ": " + request.method + ": gave up after " +
                                             std::to_string(kMaxAttempts) + " attempts: " + failure);
  }
  thread_local std::mt19937 random{std::random_device()()};
  std::this_thread::sleep_for(backoff(attempt + 1, std::uniform_real_distribution<>(0, 1)(random)));
}

bool Client::call(const Request& request, std::initializer_list<int> accepted, const Take& take) {
  bool may_be_done = false, renewed = false;
  for (int n = 0;; ++n) {
    std::string failure;
    const Who asking = who();
    try {
      Response response = attempt(request, asking);
      const int status = response.head().status;
      if (status / 100 == 2 || std::find(accepted.begin(), accepted.end(), status) != accepted.end()) {
        take(response);
        return may_be_done;
      }
      ServerError error;
      if (request.method != "HEAD") error = parse_server_error(response.document(kMaxErrorBytes));
      if (error.region.empty()) error.region = response.head().header("x-amz-bucket-region");
      if (settings_.lent && !renewed && may_have_expired(request, status, error.code)) {
        settings_.lent->give_back(*asking);
        renewed = true;
        continue;
      }
      if (!is_transient(status, error.code)) refuse(request, status, error);
      failure = "found " + std::to_string(status) + (error.code.empty() ? "" : " " + error.code);
      may_be_done = may_be_done || status >= 500;
    } catch (const Disconnected& cut) {
      failure = cut.what();
      may_be_done = true;
    }
    pause(request, n, failure);
  }
}

}  // namespace chunkmark::s3
