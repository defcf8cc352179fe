#include "native/study/peer_environment.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "native/os/places.h"

namespace chunkmark::native_study {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxMinor = 99;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// ENGINE-py312.lock and its like, the newest Python first.
std::vector<fs::path> locks_of(const std::string& name) {
  std::vector<fs::path> locks;
  const fs::path folder = os::peers_folder() / "locks";
  for (int minor = kMaxMinor; minor >= 0; --minor) {
    fs::path lock = folder / (name + "-py3" + std::to_string(minor) + ".lock");
    if (fs::exists(lock)) locks.push_back(std::move(lock));
  }
  return locks;
}

}  // namespace

std::optional<fs::path> peer_python(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base =
      cache != nullptr && *cache != '\0' ? fs::path(cache) : fs::path(home != nullptr ? home : "/") / ".cache";
  for (const fs::path& lock : locks_of(name)) {
    const fs::path folder = base / "chunkmark" / "venvs" / lock.stem();
    fs::path python = folder / "bin" / "python";
    // The stamp is written when the installation was complete.
    if (!fs::exists(folder / "stamp") || !fs::exists(folder / "lock") || !fs::exists(python)) continue;
    if (text_of(folder / "lock") == text_of(lock)) return python;
  }
  return std::nullopt;
}

std::string install_command() {
  return os::source_tree() ? "./dev peers" : "python3 " + (os::peers_folder() / "venv.py").string();
}

}  // namespace chunkmark::native_study
