#include "native/os/places.h"

#include <string>

#include "base/error.h"

namespace chunkmark::os {
namespace {

namespace fs = std::filesystem;

// Seen from the program's folder. CHUNKMARK_LIB and CHUNKMARK_SHARE: the way from the folder of programs to the others,
// as the build was configured.
struct Place {
  const char* built;
  const char* installed;
  const char* file;  // in the folder; empty: it is a file itself
};
constexpr Place kWeb{"../web", CHUNKMARK_SHARE "/web", "report.html"};
constexpr Place kWasm{"../wasm", CHUNKMARK_SHARE "/wasm", "chunkmark-core.wasm"};
constexpr Place kPeers{"../../shared/study/peers", CHUNKMARK_SHARE "/peers", "peer.py"};
constexpr Place kPreload{"libchunkmark-preload.so", CHUNKMARK_LIB "/libchunkmark-preload.so", ""};

bool is_build_tree(const fs::path& folder) {
  return fs::exists(folder / "CMakeCache.txt");
}

fs::path find(const Place& place) {
  const fs::path folder = own_program().parent_path();
  const bool is_built = is_build_tree(folder);
  fs::path path = (folder / (is_built ? place.built : place.installed)).lexically_normal();
  const fs::path file = *place.file != '\0' ? path / place.file : path;
  if (fs::exists(file)) return path;
  throw Error(ErrorCode::kNotFound, file.string() + ": not there; " +
                                        (is_built ? "./dev build makes it" : "this installation is not complete"));
}

}  // namespace

fs::path own_program() {
  return fs::read_symlink("/proc/self/exe");
}
std::optional<fs::path> source_tree() {
  const fs::path folder = own_program().parent_path();
  if (!is_build_tree(folder)) return std::nullopt;
  return (folder / "../..").lexically_normal();
}
fs::path web_folder() {
  return find(kWeb);
}
fs::path wasm_folder() {
  return find(kWasm);
}
fs::path peers_folder() {
  return find(kPeers);
}
fs::path preload_library() {
  return find(kPreload);
}

}  // namespace chunkmark::os
