#include "native/s3/http_store.h"

#include <algorithm>

#include "base/error.h"
#include "bytes/block_cache.h"
#include "native/os/thread_executor.h"
#include "native/s3/opening_ahead.h"
#include "native/s3/s3_object.h"

namespace chunkmark::s3 {
namespace {

constexpr unsigned kScatteredLanes = 8;  // servers of files refuse whom they find too many connections of
constexpr std::uint64_t kMostAheadOfHttp = 16;

[[noreturn]] void read_only(const std::string& url, const std::string& what) {
  throw Error(ErrorCode::kUnsupported, url + ": expected a store that can " + what + ", found an HTTP server");
}

}  // namespace

HttpUrl parse_http_url(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  HttpUrl parts{parse_endpoint(url.substr(0, end), "URL").url(), url.substr(end, url.find('#', end) - end)};
  if (!parts.target.starts_with('/')) parts.target.insert(0, "/");
  const auto is_illegal = [](unsigned char c) { return c <= ' ' || c >= 127 || c == '"' || c == '<' || c == '>'; };
  if (std::any_of(parts.target.begin(), parts.target.end(), is_illegal)) {
    throw Error(ErrorCode::kInvalidArgument, "URL: expected other characters as %-escapes, found " + url);
  }
  return parts;
}

HttpUrl resolve_redirect(const HttpUrl& from, const std::string& location) {
  HttpUrl to;
  const std::string path = from.target.substr(0, from.target.find('?'));
  try {
    if (location.starts_with("//")) {
      to = parse_http_url(from.server.substr(0, from.server.find(':') + 1) + location);
    } else if (location.find("://") < location.find_first_of("/?#")) {
      to = parse_http_url(location);
    } else if (location.starts_with('/')) {
      to = parse_http_url(from.server + location);
    } else {
      to = parse_http_url(from.server + path.substr(0, path.rfind('/') + 1) + location);
    }
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, from.server + path + ": redirected to no URL: " + error.what());
  }
  if (from.server.starts_with("https://") && !to.server.starts_with("https://")) {
    throw Error(ErrorCode::kCorrupt,
                from.server + path + ": expected to stay on https, was redirected to " + to.server);
  }
  return to;
}

HttpStore::HttpStore(const std::string& url) : url_(url) {
  while (url_.ends_with('/')) url_.pop_back();
  const HttpUrl parts = parse_http_url(url_);
  if (parts.target.find('?') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "store: expected an URL without a query, found " + url);
  }
}

Client& HttpStore::client_of(const std::string& server) {
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<Client>& client = clients_[server];
  if (!client) {
    Settings settings;
    settings.endpoint = parse_endpoint(server, "URL");
    settings.ca_file = this_machine().variable("AWS_CA_BUNDLE");
    client = std::make_unique<Client>(std::move(settings));
  }
  return *client;
}

std::unique_ptr<bytes::RandomAccess> HttpStore::open(std::string_view key) {
  return open_for(key, store::Access::kInOrder);
}

std::unique_ptr<bytes::RandomAccess> HttpStore::open_for(std::string_view key, store::Access access) {
  store::check_key(key);
  HttpUrl at = parse_http_url(url_ + "/" + percent_encoded(key, true));
  std::unique_ptr<bytes::RandomAccess> object;
  for (int redirects = 0;; ++redirects) {
    std::string location;
    object = S3Object::open(client_of(at.server), at.target, std::string(key), access, &location);
    if (location.empty()) break;
    if (redirects == kMaxRedirects) {
      throw Error(ErrorCode::kUnavailable, url_ + "/" + std::string(key) + ": expected at most " +
                                               std::to_string(kMaxRedirects) + " redirects, found more");
    }
    at = resolve_redirect(at, location);
  }
  if (object == nullptr || access != store::Access::kScattered) return object;
  return std::make_unique<bytes::BlockCache>(std::move(object), std::make_unique<os::ThreadExecutor>(kScatteredLanes));
}

std::unique_ptr<store::Openings> HttpStore::open_each(std::uint64_t n, std::uint64_t object_bytes,
                                                      store::KeyOf key_of) {
  if (n < 2) return Store::open_each(n, object_bytes, std::move(key_of));
  return std::make_unique<OpeningAhead>(*this, n, object_bytes, std::move(key_of), kMostAheadOfHttp);
}

std::unique_ptr<bytes::Sink> HttpStore::create(std::string_view, std::optional<std::uint64_t>) {
  read_only(url_, "be written");
}

bool HttpStore::erase(std::string_view) {
  read_only(url_, "be written");
}

std::vector<std::string> HttpStore::list(std::string_view) {
  read_only(url_, "be listed");
}

}  // namespace chunkmark::s3
