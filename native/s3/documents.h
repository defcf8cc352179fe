// The XML documents that an S3 server answers with: pages of a list, errors, uploads. Untrusted input: depth and sizes
// are bounded, and no document defines entities of its own.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chunkmark::s3 {

// An element without elements in it: where it stands ("ListBucketResult/Contents/Key") and its text.
struct XmlLeaf {
  std::string path;
  std::string text;
};
// In order. Errors: kCorrupt for what is not XML, or nests more than 16 deep.
std::vector<XmlLeaf> xml_leaves(std::string_view text);

struct ListPage {
  std::vector<std::string> keys, prefixes;
  std::string next;  // the token of the next page; empty on the last
};
// Of ListObjectsV2. Errors: kCorrupt.
ListPage parse_list_page(std::string_view text);

struct ServerError {
  std::string code, message;
  std::string region;       // that the bucket is in, if the server says so
  std::string server_time;  // where the clocks differ
};
// Empty where the text is no error document: a proxy's page, say.
ServerError parse_server_error(std::string_view text);

// Of CreateMultipartUpload. Errors: kCorrupt if there is none.
std::string parse_upload_id(std::string_view text);

struct OpenUpload {
  std::string key, id, initiated;  // 2026-11-28T09:00:00.000Z
};
// Of ListMultipartUploads. Errors: kCorrupt.
std::vector<OpenUpload> parse_open_uploads(std::string_view text);

// Seconds since 1970 of "2026-11-28T09:00:00.123Z"; nothing for another form.
std::optional<std::time_t> utc_seconds(const std::string& text);

}  // namespace chunkmark::s3
