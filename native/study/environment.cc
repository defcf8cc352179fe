#include "native/study/environment.h"

#include <blosc.h>
#include <libdeflate.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <thread>

#include "storage/codec/gzip_member.h"

namespace chunkmark::native_study {
namespace {

// The value of the first line of `path` that begins with `key`, without what separates them.
std::string first_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:=\"", key.size());
    const std::size_t end = line.find_last_not_of(" \t\"");
    if (begin != std::string::npos) return line.substr(begin, end - begin + 1);
  }
  return "unknown";
}

std::string operating_system() {
  utsname names{};
  uname(&names);
  return first_value("/etc/os-release", "PRETTY_NAME") + ", " + names.sysname + " " + names.release;
}

}  // namespace

record::Environment environment() {
  json::object libraries{{"blosc", blosc_get_version_string()},
                         {"zstd", ZSTD_versionString()},
                         {"libdeflate", LIBDEFLATE_VERSION_STRING},
                         {"zlib", zlibVersion()}};
  const auto [gzip_reader, version] = codec::GzipMember::library();
  libraries[gzip_reader] = version;
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  return {first_value("/proc/cpuinfo", "model name"),
          std::thread::hardware_concurrency(),
          pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)),
          operating_system(),
          "g++ " __VERSION__,
          std::move(libraries),
          {}};
}

}  // namespace chunkmark::native_study
