#include "native/cli/places.h"

#include <string>

#include "base/error.h"

namespace chunkmark::cli {
namespace {

std::filesystem::path find_folder(const std::string& name, const std::string& file) {
  const std::filesystem::path folder = own_program().parent_path();
  for (const char* place : {"..", "../share/chunkmark"}) {
    const std::filesystem::path candidate = (folder / place / name).lexically_normal();
    if (std::filesystem::exists(candidate / file)) return candidate;
  }
  throw Error(ErrorCode::kNotFound,
              (folder / ".." / name / file).lexically_normal().string() + ": not there; ./dev build makes it");
}

}  // namespace

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}
std::filesystem::path web_folder() {
  return find_folder("web", "report.html");
}
std::filesystem::path wasm_folder() {
  return find_folder("wasm", "chunkmark-core.wasm");
}

}  // namespace chunkmark::cli
