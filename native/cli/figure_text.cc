#include "native/cli/figure_text.h"

#include <cstdio>

#include "native/cli/text.h"

namespace chunkmark::cli {

std::string bytes_or_unknown(figures::Figure bytes) {
  return bytes ? bytes_text(static_cast<double>(*bytes)) : kUnknown;
}

std::string count_or_unknown(figures::Figure count) {
  return count ? std::to_string(*count) : kUnknown;
}

std::string at_least(const figures::Inspection& inspection, bool known, const std::string& text) {
  if (!known) return kUnknown;
  return inspection.is_so_far() ? "at least " + text : text;
}

void print_finding(const std::string& finding, const std::string& lead) {
  constexpr std::size_t kHanging = 2;
  std::fprintf(stderr, "%s\n", wrapped(lead + finding, kHanging).c_str());
}

void print_findings(const figures::Inspection& inspection, const std::string& of) {
  for (const std::string& finding : inspection.findings) print_finding(finding, "chunkmark: " + of);
}

}  // namespace chunkmark::cli
