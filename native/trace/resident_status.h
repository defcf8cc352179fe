// Fields of /proc/PID/status. Source: proc(5). For the preload library too: neither allocates nor calls the C++
// runtime.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace chunkmark::trace {

// The value of a line "NAME:   1234 kB" in bytes; false if there is none.
inline bool read_status_field(std::string_view status, std::string_view name, std::uint64_t& bytes) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return false;
  const std::size_t digit = status.find_first_of("0123456789", at + name.size());
  if (digit == std::string_view::npos) return false;
  std::uint64_t kilobytes = 0;
  std::from_chars(status.data() + digit, status.data() + status.size(), kilobytes);
  bytes = kilobytes * 1024;
  return true;
}

}  // namespace chunkmark::trace
