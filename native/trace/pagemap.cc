#include "native/trace/pagemap.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace chunkmark::trace {
namespace {

bool is_told_of_itself() {
  static const bool told = [] {
    const int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file >= 0) close(file);
    return file >= 0;
  }();
  return told;
}

}  // namespace

std::uint64_t page_bytes() {
  static const auto bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

Pagemap::Pagemap(pid_t pid)
    : file_(open(("/proc/" + std::to_string(pid) + "/pagemap").c_str(), O_RDONLY | O_CLOEXEC)),
      allowed_(is_told_of_itself() && (file_ >= 0 || errno == ENOENT || errno == ESRCH)) {}

Pagemap::~Pagemap() {
  if (file_ >= 0) close(file_);
}

std::size_t Pagemap::read(std::uint64_t first, std::span<std::uint64_t> entries) const {
  const ssize_t got = pread(file_, entries.data(), entries.size_bytes(), static_cast<off_t>(first * 8));
  return got > 0 ? static_cast<std::size_t>(got) / 8 : 0;
}

}  // namespace chunkmark::trace
