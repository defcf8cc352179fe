// A request and its response as the routes see them: no sockets, no library's types.
//
// Bodies are borrowed or shared where they are large: a file is read piece by piece while it is sent, an event log for
// as long as somebody listens.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bytes/random_access.h"
#include "native/server/event_log.h"

namespace chunkmark::server {

using Header = std::pair<std::string, std::string>;

struct Request {
  std::string method, target;  // as they were sent
  std::string path;            // decoded, without the query; begins with '/'
  std::map<std::string, std::string, std::less<>> query;
  std::vector<Header> headers;  // names in lower case
  std::string body;
  std::string client;  // the peer's address

  // Empty where there is none.
  std::string_view header(std::string_view name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const Header& one) { return one.first == name; });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
  std::string_view parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string_view() : std::string_view(found->second);
  }
};

using SharedText = std::shared_ptr<const std::string>;
using SharedFile = std::shared_ptr<bytes::RandomAccess>;
using SharedEvents = std::shared_ptr<EventLog>;

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::variant<SharedText, SharedFile, SharedEvents> body;
  std::string etag = {};      // quoted; empty: it changes with every request
  bool is_immutable = false;  // the same for ever under this address
  std::vector<Header> headers = {};
  std::uint64_t offset = 0;         // a file's part that is sent
  std::uint64_t size = UINT64_MAX;  // up to its end
};

inline Response text_response(std::string text, std::string type = "application/json", int status = 200) {
  return {status, std::move(type), std::make_shared<const std::string>(std::move(text))};
}

}  // namespace chunkmark::server
