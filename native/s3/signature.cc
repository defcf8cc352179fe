#include "native/s3/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/error.h"

namespace chunkmark::s3 {
namespace {

constexpr char kAlgorithm[] = "AWS4-HMAC-SHA256";

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum, &size) == nullptr) {
    throw Error(ErrorCode::kUnavailable, "HMAC-SHA-256: OpenSSL does not compute it here");
  }
  return {reinterpret_cast<char*>(sum), size};
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (::EVP_Digest(text.data(), text.size(), sum, &size, ::EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::kUnavailable, "SHA-256: OpenSSL does not compute it here");
  }
  return hex({reinterpret_cast<char*>(sum), size});
}

std::string percent_encoded(std::string_view text, bool keep_slash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && keep_slash)) {
      encoded += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[value >> 4], kDigits[value & 15]};
  }
  return encoded;
}

std::string query_text(Fields query) {
  for (auto& [name, value] : query) {
    name = percent_encoded(name, false);
    value = percent_encoded(value, false);
  }
  std::sort(query.begin(), query.end());
  std::string text;
  for (const auto& [name, value] : query) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string authorization(const SignedParts& parts, const Credentials& credentials, const std::string& region,
                          const std::string& time) {
  Fields headers = parts.headers;
  std::sort(headers.begin(), headers.end());
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string request = parts.method + "\n" + parts.path + "\n" + query_text(parts.query) + "\n" + lines + "\n" +
                              names + "\n" + parts.payload_hash;
  const std::string day = time.substr(0, 8);
  const std::string scope = day + "/" + region + "/s3/aws4_request";
  const std::string to_sign = std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + sha256_hex(request);
  std::string key = "AWS4" + credentials.secret;
  for (const std::string& step : {day, region, std::string("s3"), std::string("aws4_request")}) key = hmac(key, step);
  return std::string(kAlgorithm) + " Credential=" + credentials.key_id + "/" + scope + ",SignedHeaders=" + names +
         ",Signature=" + hex(hmac(key, to_sign));
}

}  // namespace chunkmark::s3
