#include "instrument/figures/extra_copies.h"

#include <algorithm>

namespace chunkmark::figures {

std::uint64_t count_buffers(const std::vector<profile::Site>& sites, std::uint64_t array_bytes) {
  if (array_bytes == 0) return 0;
  std::uint64_t count = 0;
  for (const profile::Site& site : sites) {
    count += (site.grown() * 5 + array_bytes) / (array_bytes * 5);
  }
  return count;
}

bool is_array_alive_at_begin(const profile::Analysis& analysis, std::uint64_t array_bytes) {
  const auto holds_array = [array_bytes](const profile::StackTotals& stack) {
    const auto found = static_cast<std::uint64_t>(stack.bytes_at_begin);
    return stack.bytes_at_begin > 0 && found >= array_bytes && found <= array_bytes + array_bytes / 100;
  };
  return std::any_of(analysis.stacks().begin(), analysis.stacks().end(), holds_array);
}

std::uint64_t count_extra_copies(const profile::Analysis& analysis, const std::vector<profile::Site>& sites,
                                 std::uint64_t array_bytes) {
  const std::uint64_t made = count_buffers(sites, array_bytes);
  return is_array_alive_at_begin(analysis, array_bytes) ? made : made - std::min<std::uint64_t>(made, 1);
}

}  // namespace chunkmark::figures
