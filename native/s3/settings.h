// Settings: where an object store is and who asks, from the variables and files that the AWS tools use.
//
// Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's endpoint_url, else AWS's own of the region. Region:
// AWS_REGION, AWS_DEFAULT_REGION, the profile's, else us-east-1. Credentials: AWS_ACCESS_KEY_ID with
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the profile (AWS_PROFILE, else "default") of
// AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and AWS_CONFIG_FILE (~/.aws/config); before the profile,
// AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN (AWS_ROLE_SESSION_NAME, AWS_ENDPOINT_URL_STS), or the config profile's
// web_identity_token_file with role_arn (role_session_name); after it
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI with AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE, and at
// last the instance's metadata (AWS_EC2_METADATA_SERVICE_ENDPOINT), unless AWS_EC2_METADATA_DISABLED=true; none with
// AWS_SKIP_SIGNATURE=true, for public buckets. AWS_CA_BUNDLE: whom TLS trusts besides the system.
// AWS_VIRTUAL_HOSTED_STYLE_REQUEST=true or false: the bucket in the host's name or in the path; by default in the name
// at AWS and in the path elsewhere.
#pragma once

#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "native/s3/signature.h"

namespace chunkmark::s3 {

// An http or https URL without a path.
struct Endpoint {
  bool tls = true;
  std::string host;
  std::string port;

  std::string url() const;
  // The Host header: no port where it is the scheme's own.
  std::string authority() const;
};

// Errors: kInvalidArgument, with `name` as the variable's.
Endpoint parse_endpoint(const std::string& url, const std::string& name);

class LentCredentials;

struct Settings {
  Endpoint endpoint;
  std::string region;
  std::string bucket;  // empty: a plain HTTP server; keys are what it is asked for, "/a/b?c", and nothing is signed
  bool path_style = true;
  std::optional<Credentials> credentials;  // none of these and of those lent: requests are not signed
  std::shared_ptr<LentCredentials> lent;   // by a service, for a time
  std::string credentials_from;            // for messages: "the environment", "profile x of FILE"
  std::string ca_file;
  std::time_t (*clock)() = [] { return std::time(nullptr); };  // what requests are signed with
};

// What the machine says; empty for what is not set or not there.
struct Surroundings {
  std::function<std::string(const char* name)> variable;
  std::function<std::string(const std::string& path)> file;
};
Surroundings this_machine();

// Errors: kInvalidArgument for a variable that cannot be understood, and where no credentials are found, saying what to
// set.
Settings settings_of(const std::string& bucket, const Surroundings& surroundings);

// Sections of a credentials or config file; "[profile x]" counts as "[x]". Lines that are none are passed over, as the
// AWS tools do.
std::map<std::string, std::map<std::string, std::string>> parse_profiles(std::string_view text);

}  // namespace chunkmark::s3
