// ResponseHead: the status line and headers of an HTTP/1.1 answer. Untrusted input: every bound is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "native/s3/signature.h"

namespace chunkmark::s3 {

// Servers send a few hundred bytes; object metadata may have 2 KB.
constexpr std::size_t kMaxHeadBytes = 64 << 10;

struct ResponseHead {
  int status = 0;
  Fields headers;  // lower-case names

  // Empty when there is none.
  std::string_view header(std::string_view name) const;
  // Content-Length. Errors: kCorrupt unless it is one number.
  std::optional<std::uint64_t> content_length() const;
  bool is_chunked() const;
  // Whether the connection may carry another request.
  bool keeps_alive() const;
};

// `text` reaches from the status line to the empty line, and includes it. Errors: kCorrupt.
ResponseHead parse_response_head(std::string_view text);

// "bytes 0-99/1000" or "bytes */0".
struct ContentRange {
  std::uint64_t begin = 0, end = 0;  // [begin, end)
  std::uint64_t total = 0;
};
// Errors: kCorrupt.
ContentRange parse_content_range(std::string_view text);

// Digits alone. Errors: kCorrupt, with `what`.
std::uint64_t parse_size(std::string_view digits, const char* what);

}  // namespace chunkmark::s3
