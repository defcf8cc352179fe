#include "native/cli/source_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "native/os/places.h"
#include "native/os/utc_time.h"

namespace chunkmark::cli {
namespace {

constexpr off_t kLargestSource = 16 << 20;  // more is data in the clothes of a program

// A capture may come from anywhere and name any file, and a report is made to be passed on: only program text is read.
bool is_program_text(const std::filesystem::path& file) {
  static const std::set<std::string> kExtensions{".c",   ".cc",  ".cpp", ".cxx", ".h",  ".hh", ".hpp", ".inl",
                                                 ".ipp", ".tcc", ".py",  ".pyx", ".rs", ".go", ".f90", ".S"};
  return file.is_absolute() && kExtensions.contains(file.extension().string());
}

// Chunkmark's own code calls its source tree /chunkmark (CMakeLists.txt).
std::filesystem::path path_of(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(file).lexically_normal();
  const auto tree = os::source_tree();
  return tree && path.string().starts_with(CHUNKMARK_SOURCE_NAME)
             ? *tree / path.lexically_relative(CHUNKMARK_SOURCE_NAME)
             : path;
}

bool is_unchanged_source(const std::string& file, const std::string& started) {
  struct stat status;
  return is_program_text(file) && stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size <= kLargestSource && os::utc_text(status.st_mtime) <= started;
}

}  // namespace

report::SourceReader source_files(std::string started) {
  return [started = std::move(started)](const std::string& file, const std::set<std::uint32_t>& lines) {
    std::map<std::uint32_t, std::string> found;
    const std::filesystem::path path = path_of(file);
    if (started.empty() || !is_unchanged_source(path, started)) return found;
    std::ifstream stream(path, std::ios::binary);
    std::uint32_t line = 0;
    for (std::string text; found.size() < lines.size() && std::getline(stream, text);) {
      if (lines.contains(++line)) found.emplace(line, text);
    }
    return found;
  };
}

}  // namespace chunkmark::cli
