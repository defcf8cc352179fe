#include "native/server/representation.h"

#include <charconv>
#include <optional>

#include "bytes/gzip.h"
#include "bytes/zstd.h"

namespace chunkmark::server {
namespace {

constexpr std::uint64_t kMinBytes = 1 << 10;   // below, compression does not save a packet
constexpr std::uint64_t kMaxBytes = 32 << 20;  // beyond, a file is sent as it lies
constexpr std::size_t kMaxKeptBytes = 64 << 20;
constexpr int kZstdLevel = 3;

bool is_compressible(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") || type == "application/wasm" ||
         type == "image/svg+xml";
}

// The best of ours that the client takes.
std::string encoding_for(std::string_view accepted) {
  std::string best;
  while (!accepted.empty()) {
    std::string_view one = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(accepted.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    const std::string_view name = one.substr(0, one.find_first_of("; "));
    const bool is_refused = one.find("q=0") != std::string_view::npos &&
                            one.find_first_of("123456789", one.find("q=0")) == std::string_view::npos;
    if (is_refused || (name != "zstd" && name != "gzip")) continue;
    if (best != "zstd") best = name;
  }
  return best;
}

// Whether a list of ETags, weak or not, names this one.
bool names(std::string_view list, std::string_view etag) {
  return !etag.empty() && (list == "*" || list.find(etag) != std::string_view::npos);
}

struct Range {
  std::uint64_t offset = 0, size = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "bytes=0-9", "bytes=9-", "bytes=-9". Null: none that is understood, so that all is sent; of no bytes: none are there.
std::optional<Range> range_of(std::string_view text, std::uint64_t size) {
  if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  if (!first) {
    if (dash != 0 || !last) return std::nullopt;
    const std::uint64_t tail = std::min(*last, size);
    return Range{size - tail, tail};
  }
  if (dash + 1 < text.size() && (!last || *last < *first)) return std::nullopt;
  if (*first >= size) return Range{};
  return Range{*first, std::min(last.value_or(UINT64_MAX), size - 1) - *first + 1};
}

std::uint64_t size_of(const Response& response) {
  if (const auto* file = std::get_if<SharedFile>(&response.body)) return (*file)->size();
  return std::get<SharedText>(response.body)->size();
}

void cut(const Range& range, std::uint64_t size, Response& response) {
  if (range.size == 0) {
    response.status = 416;
    response.body = std::make_shared<const std::string>();
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return;
  }
  response.status = 206;
  response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                                     std::to_string(range.offset + range.size - 1) + "/" +
                                                     std::to_string(size));
  if (const SharedText* text = std::get_if<SharedText>(&response.body)) {
    response.body = std::make_shared<const std::string>(
        (*text)->substr(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(range.size)));
  } else {
    response.offset = range.offset;
    response.size = range.size;
  }
}

}  // namespace

void Representation::apply(const Request& request, Response& response) {
  if (std::holds_alternative<SharedEvents>(response.body)) {
    response.headers.emplace_back("Cache-Control", "no-store");
    return;
  }
  const std::uint64_t size = size_of(response);
  if (std::holds_alternative<SharedFile>(response.body)) response.size = size;
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  response.headers.emplace_back("Cache-Control", response.is_immutable   ? "public, max-age=31536000, immutable"
                                                 : response.etag.empty() ? "no-store"
                                                                         : "no-cache");
  if (!is_read || response.status != 200) return;
  const std::string_view range = request.header("range");
  const std::string_view condition = request.header("if-range");
  const auto part =
      range.empty() || (!condition.empty() && condition != response.etag) ? std::nullopt : range_of(range, size);
  const bool is_packable = is_compressible(response.type) && size >= kMinBytes && size <= kMaxBytes;
  std::string encoding = is_packable && !part ? encoding_for(request.header("accept-encoding")) : "";
  const std::string plain_etag = response.etag;
  if (is_packable) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!encoding.empty() && !plain_etag.empty()) response.etag.insert(response.etag.size() - 1, "-" + encoding);
  if (!response.etag.empty()) response.headers.emplace_back("ETag", response.etag);
  if (names(request.header("if-none-match"), response.etag)) {
    response.status = 304;
    response.body = std::make_shared<const std::string>();
    return;
  }
  if (!response.etag.empty()) response.headers.emplace_back("Accept-Ranges", "bytes");
  if (part) return cut(*part, size, response);
  if (encoding.empty()) return;
  response.headers.emplace_back("Content-Encoding", encoding);
  const std::string key = plain_etag.empty() ? "" : encoding + plain_etag + request.target;
  if (const auto* file = std::get_if<SharedFile>(&response.body)) {
    if (SharedText packed = kept(key)) {
      response.body = std::move(packed);
      return;
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    (*file)->read_at(0, std::as_writable_bytes(std::span(text)));
    response.body = compressed(encoding, key, text);
  } else {
    const SharedText text = std::get<SharedText>(response.body);
    response.body = compressed(encoding, key, *text);
  }
}

SharedText Representation::kept(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : found->second;
}

SharedText Representation::compressed(const std::string& encoding, const std::string& key, std::string_view text) {
  if (SharedText before = kept(key)) return before;
  const std::vector<std::byte> packed = encoding == "zstd" ? bytes::zstd_compress(as_byte_view(text), kZstdLevel)
                                                           : bytes::gzip_compress(as_byte_view(text));
  const auto shared = std::make_shared<const std::string>(as_text(packed));
  if (key.empty()) return shared;
  const std::lock_guard lock(mutex_);
  if (kept_bytes_ + shared->size() > kMaxKeptBytes) {  // what is asked for again is soon back
    kept_.clear();
    kept_bytes_ = 0;
  }
  if (kept_.emplace(key, shared).second) kept_bytes_ += shared->size();
  return shared;
}

void add_policy(const Request& request, Response& response) {
  // A run's pages have their scripts within them, named by hash in a policy of their own; whoever made them, they reach
  // nothing of this server.
  const bool is_of_run = request.path.starts_with("/runs/");
  // The page of a capture has its script within it as well, named by hash in its own policy, and asks for ranges.
  const bool is_of_capture = request.path == "/capture.html";
  response.headers.emplace_back(
      "Content-Security-Policy",
      is_of_run ? "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
                  "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
      : is_of_capture
          ? "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
          : "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
            "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

}  // namespace chunkmark::server
