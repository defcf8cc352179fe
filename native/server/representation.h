// How a response goes over the wire: compressed, a part of it, or not at all where the client has it already; and with
// the headers that keep a page to this server.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "native/server/http.h"

namespace chunkmark::server {

// Thread-safe. What it has compressed it keeps, up to a bound, by its address and ETag.
class Representation {
 public:
  // Errors: those of a file that is read to be compressed.
  void apply(const Request& request, Response& response);

 private:
  SharedText kept(const std::string& key);
  // `key`: empty for what changes with every request.
  SharedText compressed(const std::string& encoding, const std::string& key, std::string_view text);

  std::mutex mutex_;
  std::map<std::string, SharedText> kept_;  // by encoding, ETag and target
  std::size_t kept_bytes_ = 0;
};

// Headers of every response: its type is what it says, its scripts are this server's, no other page frames it.
void add_policy(const Request& request, Response& response);

}  // namespace chunkmark::server
