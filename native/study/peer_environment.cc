#include "native/study/peer_environment.h"

#include <cstdlib>

#include "native/os/places.h"

namespace chunkmark::native_study {

namespace fs = std::filesystem;

std::optional<fs::path> peer_python(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base =
      cache != nullptr && *cache != '\0' ? fs::path(cache) : fs::path(home != nullptr ? home : "/") / ".cache";
  const fs::path folder = base / "chunkmark" / "venvs" / name;
  // The stamp is written when the installation was complete.
  if (!fs::exists(folder / "stamp") && !fs::exists(folder / "installed.lock")) return std::nullopt;
  if (!fs::exists(folder / "bin" / "python")) return std::nullopt;
  return folder / "bin" / "python";
}

std::string install_command() {
  return os::source_tree() ? "./dev peers" : "python3 " + (os::peers_folder() / "venv.py").string();
}

}  // namespace chunkmark::native_study
