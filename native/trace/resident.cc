#include "native/trace/resident.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "native/trace/resident_status.h"

namespace chunkmark::trace {
std::optional<Resident> read_resident(pid_t pid) {
  const int file = open(("/proc/" + std::to_string(pid) + "/status").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char text[4096];
  const ssize_t got = read(file, text, sizeof text);
  close(file);
  if (got <= 0) return std::nullopt;
  const std::string_view status(text, static_cast<std::size_t>(got));
  Resident resident;
  if (!read_status_field(status, "VmHWM:", resident.high_water_bytes)) return std::nullopt;
  read_status_field(status, "RssAnon:", resident.anonymous_bytes);
  read_status_field(status, "RssFile:", resident.file_bytes);
  read_status_field(status, "RssShmem:", resident.shared_bytes);
  return resident;
}

}  // namespace chunkmark::trace
