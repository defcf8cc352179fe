// Credentials that services lend, asked of small HTTP servers of this test that speak their documented protocols.
#include "base/error.h"
#include "native/s3/client.h"
#include "native/s3/lent_credentials.h"
#include "unit/http_service.h"

namespace chunkmark::s3 {
namespace {

std::string in_seconds(int seconds) {
  const std::time_t time = std::time(nullptr) + seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string loan(const std::string& key, int seconds) {
  return R"({"Code":"Success","AccessKeyId":")" + key + R"(","SecretAccessKey":"hush","Token":"tok","Expiration":")" +
         in_seconds(seconds) + "\"}";
}

using Variables = std::map<std::string, std::string>;
Settings settings(const Variables& variables, const Variables& files = {}) {
  const auto value = [](const Variables& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? std::string() : found->second;
  };
  return settings_of("bucket", {[=](const char* name) { return value(variables, name); },
                                [=](const std::string& path) { return value(files, path); }});
}

std::string failure(const Settings& of) {
  try {
    of.lent->current();
  } catch (const Error& error) {
    const std::string told = error.what();
    CHECK(told.find("hush") == std::string::npos);
    CHECK(told.find("SECRET-TOKEN") == std::string::npos);
    return told;
  }
  return "lent";
}

bool says(const std::string& text, const std::string& words) {
  CAPTURE(text, words);
  CHECK(text.find(words) != std::string::npos);
  return true;
}

TEST_CASE("a token in a file is exchanged for a role's credentials") {
  const Service sts([](const Asked& asked) -> Reply {
    CHECK(asked.line == "POST /");
    CHECK(asked.has("content-type: application/x-www-form-urlencoded"));
    CHECK(asked.body ==
          "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=chunkmark&"
          "Version=2011-06-15&WebIdentityToken=SECRET-TOKEN");
    return {200,
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>t+/=</SessionToken>"
            "<SecretAccessKey>hush</SecretAccessKey><Expiration>" +
                in_seconds(3600) +
                "</Expiration><AccessKeyId>ASIA1</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"
                "</AssumeRoleWithWebIdentityResponse>"};
  });
  const Variables variables{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
                            {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
                            {"AWS_ENDPOINT_URL_STS", sts.url()}};
  const Settings found = settings(variables, {{"/token", "SECRET-TOKEN\n"}});
  CHECK(found.lent->current().key_id == "ASIA1");
  CHECK(found.lent->current().secret == "hush");
  CHECK(found.lent->current().token == "t+/=");
  CHECK(sts.asked() == 1);
  CHECK(found.credentials_from == "role arn:aws:iam::1:role/r for the token of /token");
  says(failure(settings(variables)), "/token: expected a token in one line, found nothing");
}

TEST_CASE("a profile names a role and a token as well, and not one of them alone") {
  const Service sts([](const Asked& asked) -> Reply {
    says(asked.body, "RoleArn=arn%3Ar&RoleSessionName=me&");
    says(asked.body, "WebIdentityToken=SECRET-TOKEN");
    return {403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"};
  });
  const auto of_profile = [&](const std::string& lines) {
    return settings({{"AWS_CONFIG_FILE", "/config"}, {"AWS_PROFILE", "ci"}, {"AWS_ENDPOINT_URL_STS", sts.url()}},
                    {{"/config", "[profile ci]\n" + lines}, {"/token", "SECRET-TOKEN"}});
  };
  const Settings found =
      of_profile("role_arn = arn:r\nweb_identity_token_file = /token\nrole_session_name = me\naws_access_key_id = x\n");
  says(failure(found), "AssumeRoleWithWebIdentity of arn:r: expected success, found 403 AccessDenied");
  CHECK(sts.asked() == 1);
  CHECK_THROWS_WITH(of_profile("web_identity_token_file = /token\n"),
                    "profile ci of /config: expected role_arn beside web_identity_token_file, found none");
}

TEST_CASE("lent credentials that the store calls expired are renewed once") {
  std::atomic<int> lent = 0;
  const Service container([&](const Asked&) -> Reply { return {200, loan("ASIA" + std::to_string(++lent), 3600)}; });
  Settings found = settings({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url()}});
  std::string expired = "ASIA1/";
  const Service bucket([&](const Asked& asked) -> Reply {
    if (asked.head.find("Credential=" + expired) == std::string::npos) return {200, "here", "etag: \"e\"\r\n"};
    if (asked.line.starts_with("HEAD")) return {400, ""};
    return {400, "<Error><Code>ExpiredToken</Code><Message>too old</Message></Error>"};
  });
  found.endpoint = parse_endpoint(bucket.url(), "test");
  Client client(found);
  const auto call = [&](const char* method) {
    std::string text;
    client.call({method, "key", {}, {}, {}}, {}, [&](Response& response) { text = response.document(100); });
    return text;
  };
  CHECK(call("GET") == "here");
  CHECK(lent == 2);
  expired = "ASIA2/";
  call("HEAD");
  CHECK(lent == 3);
  CHECK(call("GET") == "here");
  CHECK(lent == 3);
  expired = "";  // whoever asks
  const int before = bucket.asked();
  try {
    call("GET");
    FAIL("answered");
  } catch (const Error& error) {
    says(error.what(), "found 400 ExpiredToken: too old");
  }
  CHECK(lent == 4);
  CHECK(bucket.asked() == before + 2);
}

TEST_CASE("what STS refuses is told in its words") {
  const Service sts([](const Asked&) -> Reply {
    return {400,
            "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code><Message>too old</Message>"
            "</Error></ErrorResponse>"};
  });
  const Settings found = settings(
      {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn:r"}, {"AWS_ENDPOINT_URL_STS", sts.url()}},
      {{"/token", "SECRET-TOKEN"}});
  says(failure(found), "found 400 ExpiredTokenException: too old; check AWS_ROLE_ARN");
}

TEST_CASE("a container's endpoint gets the token, and its credentials are renewed before they expire") {
  int lives = 3600;
  std::atomic<int> status = 200;
  const Service container([&](const Asked& asked) -> Reply {
    CHECK(asked.line == "GET /v2/credentials?id=1");
    CHECK(asked.has("authorization: SECRET-TOKEN"));
    return {status, loan("ASIA2", lives)};
  });
  const Variables variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url() + "/v2/credentials?id=1"},
                            {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}};
  const Variables files{{"/token", "SECRET-TOKEN\n"}};
  const Settings lasting = settings(variables, files);
  for (int i = 0; i < 3; ++i) CHECK(lasting.lent->current().key_id == "ASIA2");
  CHECK(container.asked() == 1);

  lives = kRenewSeconds / 2;
  const Settings ending = settings(variables, files);
  for (int i = 0; i < 3; ++i) CHECK(ending.lent->current().token == "tok");
  CHECK(container.asked() == 4);
  status = 500;  // what is held is good for some minutes still
  CHECK(ending.lent->current().secret == "hush");

  status = 200;
  lives = -1;
  const Settings over = settings(variables, files);
  over.lent->current();  // S3 will say that it has expired
  status = 403;
  says(failure(over), "expected a container's credentials, found 403");
}

TEST_CASE("an instance's metadata are asked with a session's token") {
  const Service metadata([](const Asked& asked) -> Reply {
    if (asked.line == "PUT /latest/api/token") {
      CHECK(asked.has("x-aws-ec2-metadata-token-ttl-seconds: 21600"));
      return {200, "SECRET-TOKEN"};
    }
    CHECK(asked.has("x-aws-ec2-metadata-token: SECRET-TOKEN"));
    if (asked.line == "GET /latest/meta-data/iam/security-credentials/") return {200, "my-role\n"};
    CHECK(asked.line == "GET /latest/meta-data/iam/security-credentials/my-role");
    return {200, loan("ASIA3", 3600)};
  });
  const Settings found = settings({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url()}});
  CHECK(found.lent->current().key_id == "ASIA3");
  CHECK(found.lent->current().key_id == "ASIA3");
  CHECK(metadata.asked() == 3);
  CHECK(found.credentials_from == "the instance's metadata");
}

TEST_CASE("answers that are no credentials are refused, and none of them is shown") {
  for (const char* body : {"", "<html>hush", R"({"AccessKeyId":"hush"})", R"(["hush"])",
                           R"({"AccessKeyId":"a","SecretAccessKey":"hush","Token":"t","Expiration":"hush"})"}) {
    CAPTURE(body);
    const Service service([&](const Asked&) -> Reply { return {200, body}; });
    const Settings found = settings({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url()}});
    says(failure(found), "expected ");
  }
}

TEST_CASE("where nobody lends, it is said what to set") {
  std::string url;
  {
    const Service gone([](const Asked&) -> Reply { return {200, ""}; });
    url = gone.url();
  }
  const std::string told = failure(settings({{"HOME", "/h"}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", url}}));
  says(told, "expected credentials, found none: set AWS_ACCESS_KEY_ID");
  says(told, "asked the instance's metadata, too: " + url);
}

TEST_CASE("tokens are not sent in the clear to other hosts") {
  for (const char* url :
       {"http://example.com/x", "http://169.254.1.1/", "ftp://127.0.0.1/", "nonsense", "http://a b/"}) {
    CAPTURE(url);
    CHECK_THROWS_AS(settings({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}}), Error);
  }
  CHECK(settings({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://example.com/x"}}).lent);
  CHECK(settings({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}).lent);
  CHECK_THROWS_AS(settings({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil/x"}}), Error);
  CHECK_THROWS_AS(settings({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}}), Error);
}

}  // namespace
}  // namespace chunkmark::s3
