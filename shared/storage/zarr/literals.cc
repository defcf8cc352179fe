#include <algorithm>

#include "storage/zarr/document.h"

namespace chunkmark::zarr {

std::string with_quoted_literals(std::string_view text, const std::string& name, std::vector<std::string>& warnings) {
  std::string quoted;
  bool in_string = false;
  std::string_view first;
  for (std::size_t i = 0; i < text.size();) {
    if (!in_string) {
      constexpr std::string_view kLiterals[] = {"NaN", "Infinity", "-Infinity"};
      const auto* literal = std::find_if(std::begin(kLiterals), std::end(kLiterals),
                                         [&](std::string_view l) { return text.substr(i).starts_with(l); });
      if (literal != std::end(kLiterals)) {
        quoted.append("\"").append(*literal).append("\"");
        if (first.empty()) first = *literal;
        i += literal->size();
        continue;
      }
    }
    const bool escaped = in_string && text[i] == '\\';
    if (text[i] == '"') in_string = !in_string;
    const std::size_t n = escaped ? 2 : 1;
    quoted += text.substr(i, n);
    i += n;
  }
  if (!first.empty()) warnings.push_back(name + ": " + std::string(first) + " outside strings, which is not JSON");
  return quoted;
}

}  // namespace chunkmark::zarr
