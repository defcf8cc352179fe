#include "storage/hdf5/other_files.h"

#include <string_view>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {
namespace {

// Relative by the rules of every system, and never upwards.
bool stays_below(std::string_view name) {
  if (name.empty() || name.find(':') != std::string_view::npos || name.find('\0') != std::string_view::npos)
    return false;
  for (;;) {
    const std::size_t slash = name.find_first_of("/\\");
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "..") return false;  // the first is empty where the name is absolute
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

std::unique_ptr<bytes::RandomAccess> OtherFiles::open(const std::string& name) const {
  if (!anywhere_ && !stays_below(name)) {
    unsupported(name, "expected a file beside this one or below its folder, found a name that leads elsewhere");
  }
  return open_checked(name);
}

}  // namespace chunkmark::hdf5
