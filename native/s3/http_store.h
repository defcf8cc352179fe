// HttpStore: what an HTTP server has below an URL, for reading: http://host/data.zarr, https://host/folder.
//
// The same client and objects as of a bucket, unsigned: ranges beside each other, faults tried again. Invariant: no
// read mixes two states of an object. Every range asks for the ETag of the first (If-Match) where that is a strong one,
// and its answer must carry the same ETag, or the same Last-Modified where there is none. A server that sends the whole
// for a part is refused (kUnsupported), unless the whole is no more than was asked for. Redirects are followed,
// kMaxRedirects of them, never from https to http, and where they lead the rest of the object is read. A 404 is a
// missing object; there are no lists, and nothing is written: kUnsupported. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "native/s3/client.h"
#include "storage/store/store.h"

namespace chunkmark::s3 {

constexpr int kMaxRedirects = 5;

class HttpStore final : public store::Store {
 public:
  // An URL without query. Errors: kInvalidArgument.
  explicit HttpStore(const std::string& url);

  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) override;
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override;
  std::unique_ptr<bytes::RandomAccess> open_for(std::string_view key, store::Access access) override;
  std::unique_ptr<store::Openings> open_each(std::uint64_t n, std::uint64_t object_bytes, store::KeyOf key_of) override;
  bool erase(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix) override;
  std::string location() const override { return url_; }

 private:
  Client& client_of(const std::string& server);

  std::string url_;
  std::mutex mutex_;                                        // of what follows
  std::map<std::string, std::unique_ptr<Client>> clients_;  // by "https://host:port"
};

// An absolute URL in two parts: the server, and what it is asked for ("/a/b?c"). Errors: kInvalidArgument.
struct HttpUrl {
  std::string server, target;
};
HttpUrl parse_http_url(const std::string& url);
// Where `location` leads from there. Errors: kCorrupt for what is none, and for one from https to http.
HttpUrl resolve_redirect(const HttpUrl& from, const std::string& location);

}  // namespace chunkmark::s3
