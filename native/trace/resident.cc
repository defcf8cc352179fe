#include "native/trace/resident.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

namespace chunkmark::trace {
namespace {

// The value of "Name:   1234 kB", in bytes.
bool read_field(std::string_view status, std::string_view name, std::uint64_t& out) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return false;
  const std::size_t digit = status.find_first_of("0123456789", at + name.size());
  if (digit == std::string_view::npos) return false;
  std::uint64_t kilobytes = 0;
  std::from_chars(status.data() + digit, status.data() + status.size(), kilobytes);
  out = kilobytes * 1024;
  return true;
}

}  // namespace

std::optional<Resident> read_resident(pid_t pid) {
  const int file = open(("/proc/" + std::to_string(pid) + "/status").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char text[4096];
  const ssize_t got = read(file, text, sizeof text);
  close(file);
  if (got <= 0) return std::nullopt;
  const std::string_view status(text, static_cast<std::size_t>(got));
  Resident resident;
  if (!read_field(status, "VmHWM:", resident.high_water_bytes)) return std::nullopt;
  read_field(status, "RssAnon:", resident.anonymous_bytes);
  read_field(status, "RssFile:", resident.file_bytes);
  read_field(status, "RssShmem:", resident.shared_bytes);
  return resident;
}

}  // namespace chunkmark::trace
