#include "native/store/open_store.h"

#include "base/error.h"
#include "native/s3/http_store.h"
#include "native/s3/s3_store.h"
#include "native/store/local_store.h"
#include "storage/store/memory_store.h"

namespace chunkmark::store {
namespace {

namespace fs = std::filesystem;

// `rest`: the URL behind its scheme.
std::unique_ptr<Store> open_local(const std::string& rest, bytes::Durability durability) {
  return std::make_unique<LocalStore>(rest, durability);
}

std::unique_ptr<Store> open_memory(const std::string&, bytes::Durability) {
  return std::make_unique<MemoryStore>();
}

std::unique_ptr<Store> open_bucket(const std::string& rest, bytes::Durability) {
  return s3::open_s3(rest);  // every level: what the server has acknowledged it keeps
}

std::unique_ptr<Store> open_http(const std::string& rest, bytes::Durability) {
  return std::make_unique<s3::HttpStore>("http://" + rest);
}

std::unique_ptr<Store> open_https(const std::string& rest, bytes::Durability) {
  return std::make_unique<s3::HttpStore>("https://" + rest);
}

enum class Rest { kFolder, kNothing, kElsewhere };

struct Scheme {
  std::string_view prefix;
  Rest rest;
  std::unique_ptr<Store> (*open)(const std::string& rest, bytes::Durability durability);
};
constexpr Scheme kSchemes[] = {
    {"file://", Rest::kFolder, open_local},     {"memory:", Rest::kNothing, open_memory},
    {"s3://", Rest::kElsewhere, open_bucket},   {"http://", Rest::kElsewhere, open_http},
    {"https://", Rest::kElsewhere, open_https},
};
constexpr Scheme kPath{"", Rest::kFolder, open_local};

// The scheme of the URL, and what stands behind it.
std::pair<Scheme, std::string> parsed(const std::string& url) {
  const auto refuse = [&](const std::string& expected) {
    throw Error(ErrorCode::kInvalidArgument, "store: expected " + expected + ", found " + url);
  };
  for (const Scheme& scheme : kSchemes) {
    if (!url.starts_with(scheme.prefix)) continue;
    const std::string rest = url.substr(scheme.prefix.size());
    if (scheme.rest == Rest::kFolder && !rest.starts_with('/')) refuse(std::string(scheme.prefix) + "/PATH");
    if (scheme.rest == Rest::kNothing && !rest.empty()) refuse(std::string(scheme.prefix) + " and nothing behind it");
    return {scheme, rest};
  }
  const std::size_t scheme_end = url.find("://");  // a folder's name may hold it, too
  if (url.empty() || (scheme_end != std::string::npos && url.find('/') > scheme_end)) {
    std::string known = "a folder";
    for (const Scheme& scheme : kSchemes) known += " or " + std::string(scheme.prefix);
    refuse(known);
  }
  return {kPath, url};
}

}  // namespace

std::unique_ptr<Store> open_store(const std::string& url, bytes::Durability durability) {
  const auto [scheme, rest] = parsed(url);
  return scheme.open(rest, durability);
}

std::optional<fs::path> folder_of_store(const std::string& url) {
  const auto [scheme, rest] = parsed(url);
  return scheme.rest == Rest::kFolder ? std::optional(fs::path(rest)) : std::nullopt;
}

}  // namespace chunkmark::store
