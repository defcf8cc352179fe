// Signature Version 4: the proof that a request comes from someone who knows the secret key.
//
// Pure functions of a request, credentials, region and time; nothing here talks to anybody. Source: AWS, "Signature
// Calculations for the Authorization Header" (Amazon S3 API reference), whose examples are the unit test.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chunkmark::s3 {

// Never shown in a message, a record or a log.
struct Credentials {
  std::string key_id, secret, token;  // no token: none is sent
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct SignedParts {
  std::string method;
  std::string path;  // as it is sent, percent-encoded
  Fields query;      // not encoded yet, in any order
  Fields headers;    // lower-case names; all of them are signed, so "host" must be among them
  std::string payload_hash = "UNSIGNED-PAYLOAD";
};

// The value of the header "authorization". `time` is that of the header x-amz-date: 20130524T000000Z.
std::string authorization(const SignedParts& parts, const Credentials& credentials, const std::string& region,
                          const std::string& time);

// Percent-encoded as RFC 3986 and S3 want it: all but letters, digits and "-._~"; '/' too, unless it is kept.
std::string percent_encoded(std::string_view text, bool keep_slash);

// "a=1&b=", sorted by name, encoded: what is signed, and what is sent.
std::string query_text(Fields query);

std::string sha256_hex(std::string_view text);

}  // namespace chunkmark::s3
