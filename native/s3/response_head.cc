#include "native/s3/response_head.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace chunkmark::s3 {
namespace {

[[noreturn]] void refuse(const std::string& expected, std::string_view found) {
  throw Error(ErrorCode::kCorrupt,
              "HTTP answer: expected " + expected + ", found \"" + std::string(found.substr(0, 100)) + "\"");
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "HTTP/1.1 200 OK"
int parse_status(std::string_view line) {
  const auto is_digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  const bool fits = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' && is_digit(9) && is_digit(10) &&
                    is_digit(11) && (line.size() == 12 || line[12] == ' ');
  const int status = fits ? (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0') : 0;
  if (status < 100 || status > 599) refuse("a status line of HTTP/1.1", line);
  return status;
}

}  // namespace

std::uint64_t parse_size(std::string_view digits, const char* what) {
  std::uint64_t size = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size()) refuse(what, digits);
  return size;
}

std::string_view ResponseHead::header(std::string_view name) const {
  for (const auto& [found, value] : headers) {
    if (found == name) return value;
  }
  return {};
}

std::optional<std::uint64_t> ResponseHead::content_length() const {
  std::optional<std::uint64_t> length;
  for (const auto& [name, value] : headers) {
    if (name != "content-length") continue;
    const std::uint64_t found = parse_size(value, "a Content-Length");
    if (length && *length != found) refuse("one Content-Length", value);
    length = found;
  }
  return length;
}

bool ResponseHead::is_chunked() const {
  return lowered(header("transfer-encoding")) == "chunked";
}

bool ResponseHead::keeps_alive() const {
  return lowered(header("connection")) != "close";
}

ResponseHead parse_response_head(std::string_view text) {
  if (!text.ends_with("\r\n\r\n")) refuse("headers that end with an empty line", text);
  text.remove_suffix(2);
  ResponseHead head;
  bool is_first = true;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (is_first) {
      head.status = parse_status(line);
      is_first = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line[0] == ' ' || line[0] == '\t') {
      refuse("headers NAME: VALUE", line);
    }
    head.headers.emplace_back(lowered(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return head;
}

ContentRange parse_content_range(std::string_view text) {
  constexpr char kExpected[] = "a Content-Range such as bytes 0-99/1000";
  if (!text.starts_with("bytes ")) refuse(kExpected, text);
  const std::string_view rest = text.substr(6);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) refuse(kExpected, text);
  ContentRange range;
  range.total = parse_size(rest.substr(slash + 1), kExpected);
  const std::string_view span = rest.substr(0, slash);
  if (span == "*") return range;
  const std::size_t dash = span.find('-');
  if (dash == std::string_view::npos) refuse(kExpected, text);
  range.begin = parse_size(span.substr(0, dash), kExpected);
  const std::uint64_t last = parse_size(span.substr(dash + 1), kExpected);
  if (range.begin > last || last >= range.total) refuse(kExpected, text);
  range.end = last + 1;
  return range;
}

}  // namespace chunkmark::s3
