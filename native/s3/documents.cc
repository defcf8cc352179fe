#include "native/s3/documents.h"

#include <charconv>
#include <cstdint>
#include <ctime>

#include "base/error.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxNameBytes = 64;  // paths are made of names: short ones keep them small

[[noreturn]] void refuse(const std::string& expected, std::string_view found) {
  throw Error(ErrorCode::kCorrupt,
              "S3 answer: expected " + expected + ", found \"" + std::string(found.substr(0, 60)) + "\"");
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

// The text of "&NAME;".
void append_entity(std::string& text, std::string_view name) {
  if (name == "amp") return text.push_back('&');
  if (name == "lt") return text.push_back('<');
  if (name == "gt") return text.push_back('>');
  if (name == "quot") return text.push_back('"');
  if (name == "apos") return text.push_back('\'');
  if (!name.starts_with('#')) refuse("one of XML's entities", name);
  const bool is_hex = name.starts_with("#x");
  const std::string_view digits = name.substr(is_hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
  const bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (failure != std::errc() || end != digits.data() + digits.size() || !is_character) refuse("a character", name);
  append_utf8(text, code);
}

std::string unescaped(std::string_view raw) {
  std::string text;
  while (true) {
    const std::size_t at = raw.find('&');
    text += raw.substr(0, at);
    if (at == std::string_view::npos) return text;
    raw.remove_prefix(at + 1);
    const std::size_t end = raw.substr(0, 12).find(';');
    if (end == std::string_view::npos) refuse("an entity", raw);
    append_entity(text, raw.substr(0, end));
    raw.remove_prefix(end + 1);
  }
}

// One pass over the text: tags push and pop names, and an element that closes right after it was opened is a leaf.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::vector<XmlLeaf> leaves() {
    while (true) {
      const std::size_t tag = rest_.find('<');
      if (tag == std::string_view::npos) break;
      text_ = rest_.substr(0, tag);
      rest_.remove_prefix(tag + 1);
      if (rest_.starts_with("!--")) {
        skip_to("-->");
        is_leaf_ = false;  // nobody writes comments within the values that are asked for
      } else if (rest_.starts_with('?')) {
        skip_to("?>");
      } else if (rest_.starts_with('!')) {
        refuse("no document type or CDATA", rest_);
      } else {
        read_tag();
      }
    }
    if (!open_.empty()) refuse("</" + open_.back() + ">", "the end");
    return std::move(leaves_);
  }

 private:
  std::string_view skip_to(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) refuse(std::string(end), rest_);
    const std::string_view skipped = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return skipped;
  }

  void read_tag() {
    std::string_view tag = skip_to(">");
    if (tag.starts_with('/')) return close(tag.substr(1));
    const bool is_empty = tag.ends_with('/');
    if (is_empty) tag.remove_suffix(1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n"));
    if (name.empty() || name.size() > kMaxNameBytes || open_.size() == kMaxDepth) {
      refuse("elements with short names, at most 16 deep", tag);
    }
    open_.emplace_back(name);
    is_leaf_ = true;
    text_ = {};
    if (is_empty) close(name);
  }

  void close(std::string_view tag) {
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n"));
    if (open_.empty() || open_.back() != name) refuse(open_.empty() ? "an element" : "</" + open_.back() + ">", tag);
    if (is_leaf_) {
      std::string path;
      for (const std::string& part : open_) path += (path.empty() ? "" : "/") + part;
      leaves_.push_back({std::move(path), unescaped(text_)});
    }
    is_leaf_ = false;
    open_.pop_back();
  }

  std::string_view rest_, text_;
  std::vector<std::string> open_;
  std::vector<XmlLeaf> leaves_;
  bool is_leaf_ = false;
};

}  // namespace

std::vector<XmlLeaf> xml_leaves(std::string_view text) {
  return Reader(text).leaves();
}

ListPage parse_list_page(std::string_view text) {
  ListPage page;
  bool is_list = false, is_truncated = false;
  for (XmlLeaf& leaf : xml_leaves(text)) {
    is_list = is_list || leaf.path.starts_with("ListBucketResult");
    if (leaf.path == "ListBucketResult/Contents/Key") page.keys.push_back(std::move(leaf.text));
    if (leaf.path == "ListBucketResult/CommonPrefixes/Prefix") page.prefixes.push_back(std::move(leaf.text));
    if (leaf.path == "ListBucketResult/NextContinuationToken") page.next = std::move(leaf.text);
    if (leaf.path == "ListBucketResult/IsTruncated") is_truncated = leaf.text == "true";
  }
  if (!is_list) refuse("a list of objects", text);
  if (is_truncated && page.next.empty()) refuse("a token of the next page", "none");
  if (!is_truncated) page.next.clear();
  return page;
}

ServerError parse_server_error(std::string_view text) {
  ServerError error;
  try {
    for (XmlLeaf& leaf : xml_leaves(text)) {
      if (leaf.path == "Error/Code") error.code = std::move(leaf.text);
      if (leaf.path == "Error/Message") error.message = std::move(leaf.text);
      if (leaf.path == "Error/Region") error.region = std::move(leaf.text);
      if (leaf.path == "Error/ServerTime") error.server_time = std::move(leaf.text);
    }
  } catch (const Error&) {
    return {};
  }
  return error;
}

std::string parse_upload_id(std::string_view text) {
  for (XmlLeaf& leaf : xml_leaves(text)) {
    if (leaf.path == "InitiateMultipartUploadResult/UploadId" && !leaf.text.empty()) return std::move(leaf.text);
  }
  refuse("an upload's id", text);
}

std::vector<OpenUpload> parse_open_uploads(std::string_view text) {
  std::vector<OpenUpload> uploads;
  OpenUpload upload;
  for (XmlLeaf& leaf : xml_leaves(text)) {
    if (leaf.path == "ListMultipartUploadsResult/Upload/Key") upload.key = std::move(leaf.text);
    if (leaf.path == "ListMultipartUploadsResult/Upload/UploadId") upload.id = std::move(leaf.text);
    if (leaf.path == "ListMultipartUploadsResult/Upload/Initiated") upload.initiated = std::move(leaf.text);
    if (upload.key.empty() || upload.id.empty() || upload.initiated.empty()) continue;
    uploads.push_back(std::move(upload));
    upload = {};
  }
  return uploads;
}

std::optional<std::time_t> utc_seconds(const std::string& text) {
  std::tm parts{};
  if (text.empty() || ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return std::nullopt;
  return ::timegm(&parts);
}

}  // namespace chunkmark::s3
