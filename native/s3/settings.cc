#include "native/s3/settings.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "native/s3/lent_credentials.h"

namespace chunkmark::s3 {
namespace {

using Profile = std::map<std::string, std::string>;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument, what);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string value_of(const Profile& profile, const char* name) {
  const auto found = profile.find(name);
  return found == profile.end() ? "" : found->second;
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

std::optional<bool> flag(const Surroundings& from, const char* name) {
  const std::string value = from.variable(name);
  if (value.empty()) return std::nullopt;
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  refuse(std::string(name) + ": expected true or false, found " + value);
}

// Of each file, the section of the profile, and the files' names.
struct Files {
  std::string name;
  std::string credentials_path, config_path;
  Profile credentials, config;
};

Profile section(const std::string& text, const std::string& name) {
  auto profiles = parse_profiles(text);
  return profiles[name];
}

Files read_files(const Surroundings& from) {
  const std::string home = from.variable("HOME");
  Files files;
  files.name = first_of({from.variable("AWS_PROFILE"), "default"});
  files.credentials_path = first_of({from.variable("AWS_SHARED_CREDENTIALS_FILE"), home + "/.aws/credentials"});
  files.config_path = first_of({from.variable("AWS_CONFIG_FILE"), home + "/.aws/config"});
  files.credentials = section(from.file(files.credentials_path), files.name);
  files.config = section(from.file(files.config_path), files.name);
  return files;
}

Credentials profile_credentials(const Profile& profile) {
  return {value_of(profile, "aws_access_key_id"), value_of(profile, "aws_secret_access_key"),
          value_of(profile, "aws_session_token")};
}

void lend(Settings& settings, const std::string& from, LentCredentials::Lender lender) {
  settings.lent = std::make_shared<LentCredentials>(std::move(lender));
  settings.credentials_from = from;
}

// Of the environment, else of the profile; never a token of one for a role of the other.
bool find_web_identity(Settings& settings, const Files& files, const Surroundings& from) {
  std::string token_file = from.variable("AWS_WEB_IDENTITY_TOKEN_FILE"), role = from.variable("AWS_ROLE_ARN");
  std::string session = from.variable("AWS_ROLE_SESSION_NAME");
  if (!token_file.empty()) {
    if (role.empty()) refuse("AWS_WEB_IDENTITY_TOKEN_FILE: expected AWS_ROLE_ARN beside it, found none");
  } else {
    token_file = value_of(files.config, "web_identity_token_file");
    role = value_of(files.config, "role_arn");
    session = first_of({value_of(files.config, "role_session_name"), session});
    if (token_file.empty()) return false;
    if (role.empty()) {
      refuse("profile " + files.name + " of " + files.config_path +
             ": expected role_arn beside web_identity_token_file, found none");
    }
  }
  const std::string own = from.variable("AWS_ENDPOINT_URL_STS");
  const Endpoint sts = own.empty() ? Endpoint{true, "sts." + settings.region + ".amazonaws.com", "443"}
                                   : parse_endpoint(own, "AWS_ENDPOINT_URL_STS");
  const WebIdentity identity{sts, settings.ca_file, role, first_of({session, "chunkmark"}), token_file, from.file};
  lend(settings, "role " + role + " for the token of " + token_file, [=] { return lend_for_web_identity(identity); });
  return true;
}

bool find_container(Settings& settings, const Surroundings& from) {
  const std::string relative = from.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = from.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return false;
  const std::string name =
      relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI" : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
  const std::string url = relative.empty() ? full : "http://169.254.170.2" + relative;
  const std::size_t slash = std::min(url.find('/', std::min(url.find("://"), url.size() - 1) + 3), url.size());
  ContainerEndpoint container{parse_endpoint(url.substr(0, slash), name), first_of({url.substr(slash), "/"}),
                              from.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                              from.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), from.file};
  if (container.path.find_first_of(" \r\n") != std::string::npos || (!relative.empty() && relative[0] != '/')) {
    refuse(name + ": expected " + (relative.empty() ? "an URL" : "a path that begins with /") + ", found " + url);
  }
  // Over plain HTTP the token and the answer are readable: only on this machine, and to the hosts of ECS and EKS.
  const std::string& host = container.endpoint.host;
  const bool is_near = host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "169.254.170.2" ||
                       host == "169.254.170.23" || host == "[fd00:ec2::23]";
  if (!container.endpoint.tls && !is_near) {
    refuse(name + ": expected https, or http of this machine or of 169.254.170.2 or 169.254.170.23, found " + url);
  }
  lend(settings, "the container (" + name + ")", [=] { return lend_to_container(container); });
  return true;
}

bool find_instance(Settings& settings, const Surroundings& from, const std::string& none) {
  if (flag(from, "AWS_EC2_METADATA_DISABLED").value_or(false)) return false;
  const std::string own = from.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const Endpoint metadata =
      parse_endpoint(first_of({own, "http://169.254.169.254"}), "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  lend(settings, "the instance's metadata", [=] {
    try {
      return lend_to_instance(metadata);
    } catch (const Error& error) {  // mostly this is no instance
      throw Error(error.code(), none + "; asked the instance's metadata, too: " + error.what());
    }
  });
  return true;
}

void find_credentials(Settings& settings, const Files& files, const Surroundings& from) {
  const auto take = [&](Credentials found, const std::string& where) {
    if (found.key_id.empty() && found.secret.empty()) return false;
    if (found.key_id.empty() || found.secret.empty()) {
      refuse(where + ": expected an access key ID and a secret access key, found only one of them");
    }
    settings.credentials = std::move(found);
    settings.credentials_from = where;
    return true;
  };
  if (flag(from, "AWS_SKIP_SIGNATURE").value_or(false)) {
    settings.credentials_from = "nobody (AWS_SKIP_SIGNATURE)";
    return;
  }
  if (take({from.variable("AWS_ACCESS_KEY_ID"), from.variable("AWS_SECRET_ACCESS_KEY"),
            from.variable("AWS_SESSION_TOKEN")},
           "the environment")) {
    return;
  }
  if (find_web_identity(settings, files, from)) return;
  if (take(profile_credentials(files.credentials), "profile " + files.name + " of " + files.credentials_path)) return;
  if (take(profile_credentials(files.config), "profile " + files.name + " of " + files.config_path)) return;
  if (find_container(settings, from)) return;
  const std::string none = "s3://" + settings.bucket +
                           ": expected credentials, found none: set AWS_ACCESS_KEY_ID and " +
                           "AWS_SECRET_ACCESS_KEY, or have profile " + files.name + " in " + files.credentials_path +
                           " (AWS_PROFILE names another one), or set AWS_SKIP_SIGNATURE=true for a public bucket";
  if (!find_instance(settings, from, none)) refuse(none);
}

}  // namespace

std::string Endpoint::authority() const {
  return port == (tls ? "443" : "80") ? host : host + ":" + port;
}

std::string Endpoint::url() const {
  return (tls ? "https://" : "http://") + authority();
}

Endpoint parse_endpoint(const std::string& url, const std::string& name) {
  const auto fail = [&] { refuse(name + ": expected http://HOST[:PORT] or https://HOST[:PORT], found " + url); };
  Endpoint endpoint;
  std::string rest;
  if (url.starts_with("https://")) {
    rest = url.substr(8);
  } else if (url.starts_with("http://")) {
    rest = url.substr(7);
    endpoint.tls = false;
  } else {
    fail();
  }
  if (rest.ends_with('/')) rest.pop_back();
  const std::size_t after_address = rest.starts_with('[') ? rest.find(']') : 0;  // of IPv6
  if (after_address == std::string::npos || rest.find_first_of("/?#@ \r\n") != std::string::npos) fail();
  const std::size_t colon = rest.find(':', after_address);
  endpoint.host = rest.substr(0, colon);
  endpoint.port = colon == std::string::npos ? (endpoint.tls ? "443" : "80") : rest.substr(colon + 1);
  const bool is_number = endpoint.port.find_first_not_of("0123456789") == std::string::npos;
  if (endpoint.host.empty() || endpoint.port.empty() || endpoint.port.size() > 5 || !is_number) fail();
  return endpoint;
}

std::map<std::string, std::map<std::string, std::string>> parse_profiles(std::string_view text) {
  std::map<std::string, Profile> profiles;
  Profile* current = nullptr;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    const std::string_view line = trimmed(raw);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      std::string_view name = trimmed(line.substr(1, line.size() - 2));
      if (name.starts_with("profile ")) name = trimmed(name.substr(8));
      current = &profiles[std::string(name)];
      continue;
    }
    const std::size_t equals = line.find('=');
    const bool is_nested = raw[0] == ' ' || raw[0] == '\t';  // settings of a service within the profile
    if (current == nullptr || equals == std::string_view::npos || is_nested) continue;
    (*current)[std::string(trimmed(line.substr(0, equals)))] = std::string(trimmed(line.substr(equals + 1)));
  }
  return profiles;
}

Surroundings this_machine() {
  return {[](const char* name) {
            const char* value = std::getenv(name);
            return std::string(value != nullptr ? value : "");
          },
          [](const std::string& path) {
            constexpr std::streamsize kMostBytes = 1 << 20;  // these files are written by hand
            std::ifstream file(path, std::ios::binary);
            std::string text(static_cast<std::size_t>(kMostBytes), '\0');
            file.read(text.data(), kMostBytes);
            text.resize(static_cast<std::size_t>(file.gcount()));
            return text;
          }};
}

Settings settings_of(const std::string& bucket, const Surroundings& from) {
  if (bucket.size() < 3 || bucket.size() > 63 ||
      bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
          std::string::npos) {
    refuse(
        "store: expected s3://BUCKET/PREFIX with a bucket's name of 3 to 63 letters, digits, '.' and '-', found s3://" +
        bucket);
  }
  const Files files = read_files(from);
  Settings settings;
  settings.bucket = bucket;
  settings.region = first_of({from.variable("AWS_REGION"), from.variable("AWS_DEFAULT_REGION"),
                              value_of(files.config, "region"), "us-east-1"});
  std::string own;
  for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
    own = from.variable(name);
    if (own.empty()) continue;
    settings.endpoint = parse_endpoint(own, name);
    break;
  }
  if (own.empty()) {
    own = value_of(files.config, "endpoint_url");
    if (!own.empty()) settings.endpoint = parse_endpoint(own, "endpoint_url of " + files.config_path);
  }
  if (own.empty()) settings.endpoint = {true, "s3." + settings.region + ".amazonaws.com", "443"};
  // A certificate for *.s3.REGION.amazonaws.com does not cover names with further dots.
  const bool fits_host = bucket.find('.') == std::string::npos;
  settings.path_style = !flag(from, "AWS_VIRTUAL_HOSTED_STYLE_REQUEST").value_or(own.empty() && fits_host);
  if (!settings.path_style) settings.endpoint.host = bucket + "." + settings.endpoint.host;
  settings.ca_file = from.variable("AWS_CA_BUNDLE");
  find_credentials(settings, files, from);
  return settings;
}

}  // namespace chunkmark::s3
