#include "native/s3/s3_store.h"

#include <algorithm>

#include "base/error.h"
#include "bytes/block_cache.h"
#include "native/os/thread_executor.h"
#include "native/s3/opening_ahead.h"
#include "native/s3/s3_object.h"
#include "native/s3/s3_sink.h"

namespace chunkmark::s3 {
namespace {

constexpr unsigned kScatteredLanes = 16;         // small requests wait, they do not fill a connection
constexpr std::size_t kMaxListBytes = 16 << 20;  // 1000 keys of 1024 bytes, escaped

std::string without_slashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

S3Store::S3Store(Settings settings, const std::string& prefix)
    : client_(std::move(settings)), prefix_(without_slashes(prefix)) {
  if (!prefix_.empty()) store::check_key(prefix_);
}

std::string S3Store::key_of(std::string_view key) const {
  store::check_key(key);
  return store::join_key(prefix_, key);
}

std::unique_ptr<bytes::Sink> S3Store::create(std::string_view key, std::optional<std::uint64_t> exact_bytes) {
  return std::make_unique<S3Sink>(client_, key_of(key), std::string(key), exact_bytes);
}

std::unique_ptr<bytes::Sink> S3Store::create_if(std::string_view key, std::optional<std::uint64_t> exact_bytes,
                                                const std::string& etag) {
  const Fields::value_type condition{etag.empty() ? "if-none-match" : "if-match", etag.empty() ? "*" : etag};
  return std::make_unique<S3Sink>(client_, key_of(key), std::string(key), exact_bytes, condition);
}

std::unique_ptr<bytes::RandomAccess> S3Store::open(std::string_view key) {
  return open_for(key, store::Access::kInOrder);
}

std::unique_ptr<bytes::RandomAccess> S3Store::open_for(std::string_view key, store::Access access) {
  std::unique_ptr<bytes::RandomAccess> object = S3Object::open(client_, key_of(key), std::string(key), access);
  if (object == nullptr || access != store::Access::kScattered) return object;
  return std::make_unique<bytes::BlockCache>(std::move(object), std::make_unique<os::ThreadExecutor>(kScatteredLanes));
}

std::unique_ptr<store::Openings> S3Store::open_each(std::uint64_t n, std::uint64_t object_bytes, store::KeyOf key_of) {
  if (n < 2) return Store::open_each(n, object_bytes, std::move(key_of));
  return std::make_unique<OpeningAhead>(*this, n, object_bytes, std::move(key_of));
}

bool S3Store::erase(std::string_view key) {
  const std::string full = key_of(key);
  bool found = false;  // a DELETE succeeds in any case
  client_.call({"HEAD", full, {}, {}, {}}, {404}, [&](Response& response) { found = response.head().status != 404; });
  if (!found) return false;
  client_.call({"DELETE", full, {}, {}, {}}, {404}, [](Response& response) { response.document(kMaxHeadBytes); });
  return true;
}

std::vector<std::string> S3Store::list(std::string_view prefix) {
  std::string below = prefix.empty() ? prefix_ : key_of(prefix);
  if (!below.empty()) below += '/';
  std::vector<std::string> names;
  std::string token;
  do {
    Fields query{{"list-type", "2"}, {"delimiter", "/"}, {"prefix", below}};
    if (!token.empty()) query.emplace_back("continuation-token", token);
    ListPage page;
    client_.call({"GET", "", query, {}, {}}, {},
                 [&](Response& response) { page = parse_list_page(response.document(kMaxListBytes)); });
    for (const std::vector<std::string>* found : {&page.keys, &page.prefixes}) {
      for (const std::string& key : *found) {
        // The prefix itself may be an object: what some tools make to show a folder.
        if (key.size() > below.size() && key.starts_with(below)) names.push_back(key.substr(below.size()));
      }
    }
    if (page.next == token && !token.empty()) {
      throw Error(ErrorCode::kCorrupt, location() + ": expected another page of the list, found the same again");
    }
    token = page.next;
  } while (!token.empty());
  std::sort(names.begin(), names.end());
  return names;
}

std::unique_ptr<S3Store> open_s3(const std::string& rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  return std::make_unique<S3Store>(settings_of(rest.substr(0, slash), this_machine()), rest.substr(slash));
}

}  // namespace chunkmark::s3
