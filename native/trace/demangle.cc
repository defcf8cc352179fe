#include "native/trace/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

#include "native/trace/rust_names.h"

namespace chunkmark::trace {
namespace {

// "f(int) const" -> "f": argument lists make names long without telling functions apart, since file and line do.
std::string without_arguments(std::string name) {
  const std::size_t close = name.rfind(')');
  if (close == std::string::npos || name.find_first_not_of(" const&", close + 1) != std::string::npos) return name;
  int depth = 0;
  for (std::size_t at = close + 1; at-- > 0;) {
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return at > 0 ? name.substr(0, at) : name;
  }
  return name;
}

}  // namespace

std::string demangle(const char* name) {
  if (std::optional<std::string> rust = demangle_rust(name)) return *std::move(rust);
  int failure = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(abi::__cxa_demangle(name, nullptr, nullptr, &failure),
                                                          std::free);
  return failure == 0 && plain != nullptr ? without_arguments(plain.get()) : name;
}

}  // namespace chunkmark::trace
