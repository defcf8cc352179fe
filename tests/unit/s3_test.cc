// What S3 needs of pure functions: signatures, settings, answers, documents, when to try again.
#include "base/error.h"
#include "native/s3/documents.h"
#include "native/s3/response_head.h"
#include "native/s3/retry.h"
#include "native/s3/settings.h"
#include "unit/catch.h"

namespace chunkmark::s3 {
namespace {

// The examples of AWS's documentation of Signature Version 4 for S3, with its example keys.
TEST_CASE("signatures are those of the documented examples") {
  struct Example {
    const char* name;
    SignedParts parts;
    const char* signature;
  };
  const std::string empty = sha256_hex("");
  const auto with = [](Fields more, const std::string& hash) {
    more.insert(more.end(), {{"host", "examplebucket.s3.amazonaws.com"},
                             {"x-amz-content-sha256", hash},
                             {"x-amz-date", "20130524T000000Z"}});
    return more;
  };
  const std::string welcome = sha256_hex("Welcome to Amazon S3.");
  const Example examples[] = {
      {"GET object",
       {"GET", "/test.txt", {}, with({{"range", "bytes=0-9"}}, empty), empty},
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"PUT object",
       {"PUT",
        percent_encoded("/test$file.text", true),
        {},
        with({{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}, welcome),
        welcome},
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"GET bucket lifecycle",
       {"GET", "/", {{"lifecycle", ""}}, with({}, empty), empty},
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"GET bucket (list objects)",
       {"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, with({}, empty), empty},
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  const Credentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  for (const Example& example : examples) {
    CAPTURE(example.name);
    const std::string value = authorization(example.parts, credentials, "us-east-1", "20130524T000000Z");
    CHECK(value.ends_with(std::string(",Signature=") + example.signature));
    CHECK(value.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"));
  }
}

TEST_CASE("what is percent-encoded") {
  CHECK(percent_encoded("a-b_c.d~e/f g+h", true) == "a-b_c.d~e/f%20g%2Bh");
  CHECK(percent_encoded("a/ä", false) == "a%2F%C3%A4");
  CHECK(query_text({{"b", "2 3"}, {"a", ""}}) == "a=&b=2%203");
}

struct Machine {
  std::map<std::string, std::string> variables, files;

  Settings settings(const std::string& bucket = "bucket") const {
    const auto value = [](const auto& map, const std::string& name) {
      const auto found = map.find(name);
      return found == map.end() ? std::string() : found->second;
    };
    return settings_of(bucket, {[=, this](const char* name) { return value(variables, name); },
                                [=, this](const std::string& path) { return value(files, path); }});
  }
};

std::string refusal(const Machine& machine, const std::string& bucket = "bucket") {
  try {
    machine.settings(bucket);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "accepted";
}

TEST_CASE("settings come from the environment first, then from the profile") {
  Machine machine;
  machine.variables = {{"HOME", "/home/u"}};
  machine.files = {{"/home/u/.aws/credentials",
                    "# mine\n[default]\naws_access_key_id = FILE\naws_secret_access_key=s/e+c=ret\r\n"
                    "[other]\naws_access_key_id=OTHER\naws_secret_access_key=o\naws_session_token=t\n"},
                   {"/home/u/.aws/config",
                    "[default]\nregion = eu-west-1\ns3 =\n  region = nested\n[profile other]\nregion=us-west-2\n"
                    "endpoint_url = https://minio.example:9000/\n"}};
  Settings found = machine.settings();
  CHECK(found.credentials->key_id == "FILE");
  CHECK(found.credentials->secret == "s/e+c=ret");
  CHECK(found.credentials_from == "profile default of /home/u/.aws/credentials");
  CHECK(found.region == "eu-west-1");
  CHECK(found.endpoint.url() == "https://bucket.s3.eu-west-1.amazonaws.com");
  CHECK_FALSE(found.path_style);

  machine.variables["AWS_PROFILE"] = "other";
  found = machine.settings();
  CHECK(found.credentials->token == "t");
  CHECK(found.region == "us-west-2");
  CHECK(found.endpoint.url() == "https://minio.example:9000");
  CHECK(found.path_style);

  machine.variables["AWS_ACCESS_KEY_ID"] = "ENV";
  machine.variables["AWS_SECRET_ACCESS_KEY"] = "e";
  machine.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:7070";
  machine.variables["AWS_REGION"] = "mars-1";
  found = machine.settings();
  CHECK(found.credentials->key_id == "ENV");
  CHECK(found.credentials->token.empty());
  CHECK(found.credentials_from == "the environment");
  CHECK(found.region == "mars-1");
  CHECK(found.endpoint.authority() == "127.0.0.1:7070");

  machine.variables["AWS_ENDPOINT_URL_S3"] = "https://[::1]:443";
  machine.variables["AWS_SKIP_SIGNATURE"] = "true";
  found = machine.settings();
  CHECK_FALSE(found.credentials);
  CHECK(found.endpoint.url() == "https://[::1]");
}

TEST_CASE("a bucket with dots stays in the path, for its certificate's sake") {
  Machine machine;
  machine.variables = {{"AWS_SKIP_SIGNATURE", "1"}};
  CHECK(machine.settings("my.bucket").path_style);
  machine.variables["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "true";
  CHECK_FALSE(machine.settings("my.bucket").path_style);
}

TEST_CASE("settings that cannot be are refused, with what to set") {
  Machine machine;
  machine.variables = {{"HOME", "/h"}, {"AWS_EC2_METADATA_DISABLED", "true"}};
  CHECK(refusal(machine).find("found none: set AWS_ACCESS_KEY_ID") != std::string::npos);
  machine.variables["AWS_ACCESS_KEY_ID"] = "k";
  CHECK(refusal(machine) ==
        "the environment: expected an access key ID and a secret access key, found only one of them");
  machine.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  CHECK(refusal(machine) == "accepted");
  for (const char* bucket : {"", "ab", "a b", "a/b", "x\r\nhost: y"}) {
    CHECK(refusal(machine, bucket).find("expected s3://BUCKET/PREFIX") != std::string::npos);
  }
  for (const char* url : {"localhost:1", "ftp://x", "http://", "http://a/b", "http://a:", "http://a:b", "http://a b",
                          "http://u@h", "http://[::1", "http://a:123456"}) {
    machine.variables["AWS_ENDPOINT_URL"] = url;
    CHECK(refusal(machine).find(std::string("AWS_ENDPOINT_URL: expected http://HOST") + "[:PORT]") !=
          std::string::npos);
  }
}

TEST_CASE("heads of answers") {
  const ResponseHead head =
      parse_response_head("HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nETag:  \"a\" \r\nX: \r\n\r\n");
  CHECK(head.status == 206);
  CHECK(head.content_length() == 10u);
  CHECK(head.header("etag") == "\"a\"");
  CHECK(head.header("x").empty());
  CHECK(head.keeps_alive());
  CHECK_FALSE(parse_response_head("HTTP/1.1 200\r\nConnection: Close\r\n\r\n").keeps_alive());
  CHECK(parse_response_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_chunked());
  for (const char* text : {"", "\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nA: b\r\n folded: x\r\n\r\n", "HTTP/1.1 200 OK\r\n"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_response_head(text), Error);
  }
  for (const char* length : {"-1", "1x", "99999999999999999999", "1, 1"}) {
    CAPTURE(length);
    CHECK_THROWS_AS(
        parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: " + std::string(length) + "\r\n\r\n").content_length(),
        Error);
  }
  CHECK_THROWS_AS(
      parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").content_length(), Error);
}

TEST_CASE("ranges of answers") {
  const ContentRange range = parse_content_range("bytes 5-9/100");
  CHECK((range.begin == 5 && range.end == 10 && range.total == 100));
  CHECK(parse_content_range("bytes */0").total == 0);
  for (const char* text : {"", "bytes", "bytes 5-9", "bytes 9-5/100", "bytes 5-100/100", "bytes 0-x/1", "bits 0-1/9"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_content_range(text), Error);
  }
}

TEST_CASE("lists") {
  const ListPage page = parse_list_page(
      "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://x/\"><Name>b</Name><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a&amp;b&lt;&#228;&#x1F600;</Key><ETag>&quot;1&quot;</ETag><Size>1</Size></Contents>"
      "<CommonPrefixes><Prefix>g/</Prefix></CommonPrefixes><Owner/>"
      "<NextContinuationToken>t==</NextContinuationToken></ListBucketResult>");
  CHECK(page.keys == std::vector<std::string>{"a&b<ä😀"});
  CHECK(page.prefixes == std::vector<std::string>{"g/"});
  CHECK(page.next == "t==");
  CHECK(parse_list_page("<ListBucketResult><Prefix></Prefix></ListBucketResult>").keys.empty());
  for (const std::string& text :
       {std::string(), std::string("<html></html>"), std::string("<ListBucketResult>"),
        std::string("<ListBucketResult><a></b></ListBucketResult>"),
        std::string("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
        std::string("<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult><a>&a;</a></ListBucketResult>"),
        std::string("<ListBucketResult><a>&#xD800;</a></ListBucketResult>"),
        std::string("<ListBucketResult><a>& b</a></ListBucketResult>"), std::string("<a>") + std::string(9999, '<')}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_list_page(text), Error);
  }
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  CHECK_THROWS_AS(parse_list_page(deep), Error);
}

TEST_CASE("errors and uploads") {
  const ServerError error = parse_server_error(
      "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>");
  CHECK(error.code == "AuthorizationHeaderMalformed");
  CHECK(error.region == "eu-west-1");
  CHECK(parse_server_error("<html>Bad gateway").code.empty());
  CHECK(parse_upload_id("<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>") ==
        "u1");
  CHECK_THROWS_AS(parse_upload_id("<InitiateMultipartUploadResult></InitiateMultipartUploadResult>"), Error);
  const auto uploads = parse_open_uploads(
      "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>1</UploadId><Initiated>t</Initiated></Upload>"
      "<Upload><Key>l</Key><UploadId>2</UploadId><Initiated>t</Initiated></Upload></ListMultipartUploadsResult>");
  REQUIRE(uploads.size() == 2);
  CHECK((uploads[1].key == "l" && uploads[1].id == "2"));
}

TEST_CASE("what is tried again, and when") {
  for (const int status : {429, 500, 502, 503, 504, 408}) CHECK(is_transient(status, ""));
  for (const int status : {301, 400, 401, 403, 404, 409, 412, 416, 501}) CHECK_FALSE(is_transient(status, "X"));
  CHECK(is_transient(400, "RequestTimeout"));
  int most = 0;
  for (int next = 1; next < kMaxAttempts; ++next) {
    CHECK(backoff(next, 0) * 4 >= backoff(next, 0.999));
    CHECK(backoff(next, 0.999) >= backoff(next, 0));
    CHECK(backoff(next, 0.999).count() <= 5000);
    most += static_cast<int>(backoff(next, 0.999).count());
  }
  CHECK(backoff(1, 0.999).count() < 100);
  CHECK(most < 10000);
  CHECK(backoff(1000000, 0.5).count() <= 5000);
}

}  // namespace
}  // namespace chunkmark::s3
