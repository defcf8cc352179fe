#include "native/server/site_files.h"

#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <regex>

#include "native/os/file.h"
#include "native/server/router.h"

namespace chunkmark::server {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<std::string_view, const char*> kTypes[] = {{".html", "text/html; charset=utf-8"},
                                                               {".css", "text/css; charset=utf-8"},
                                                               {".js", "text/javascript"},
                                                               {".mjs", "text/javascript"},
                                                               {".wasm", "application/wasm"},
                                                               {".json", "application/json"},
                                                               {".svg", "image/svg+xml"},
                                                               {".png", "image/png"},
                                                               {".ico", "image/x-icon"},
                                                               {".txt", "text/plain; charset=utf-8"},
                                                               {".csv", "text/csv; charset=utf-8"}};

bool is_within(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path inside = fs::canonical(path, error).lexically_relative(fs::canonical(folder, error));
  return !error && !inside.empty() && *inside.begin() != "..";
}

// As web/build.mjs names what it splits: NAME-HASH.js, with eight letters and digits.
bool has_hash(const std::string& name) {
  static const std::regex kHashed(R"(.*-[A-Z0-9]{8}\.(js|css))");
  return std::regex_match(name, kHashed);
}

}  // namespace

std::string type_of_file(std::string_view name) {
  for (const auto& [end, type] : kTypes) {
    if (name.ends_with(end)) return type;
  }
  return "application/octet-stream";
}

Response not_found(const Request& request) {
  return refusal(404, request.target.substr(0, request.target.find('?')) + ": not found");
}

Response file_in(const fs::path& folder, const std::string& inside, const Request& request) {
  fs::path path = folder / fs::path(inside).relative_path();
  struct stat found {};
  if (stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && is_within(path, folder)) {
    if (!request.path.ends_with('/')) {  // relative links count from within the folder
      Response moved = text_response("", "text/plain", 308);
      moved.headers.emplace_back("Location", path.filename().string() + "/");
      return moved;
    }
    path /= "index.html";
  }
  if (stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || !is_within(path, folder)) {
    return not_found(request);
  }
  try {
    Response response;
    response.type = type_of_file(path.filename().string());
    response.body = std::make_shared<os::File>(path.string());
    char etag[80];
    std::snprintf(etag, sizeof etag, "\"%llx-%llx-%llx\"", static_cast<unsigned long long>(found.st_ino),
                  static_cast<unsigned long long>(found.st_mtim.tv_sec) * 1'000'000'000 +
                      static_cast<unsigned long long>(found.st_mtim.tv_nsec),
                  static_cast<unsigned long long>(found.st_size));
    response.etag = etag;
    response.is_immutable = has_hash(path.filename().string());
    return response;
  } catch (const Error&) {
    return not_found(request);
  }
}

}  // namespace chunkmark::server
