#include "native/cli/figure_text.h"

#include <cstdio>

#include "native/cli/text.h"

namespace chunkmark::cli {

std::string bytes_or_unknown(const json::value& figure) {
  return figure.is_null() ? kUnknown : bytes_text(number(figure));
}

std::string at_least(const json::object& document, const json::value& figure, const std::string& text) {
  if (figure.is_null()) return kUnknown;
  return so_far(document) ? "at least " + text : text;
}

void print_finding(const std::string& finding, const std::string& lead) {
  constexpr std::size_t kHanging = 2;
  std::fprintf(stderr, "%s\n", wrapped(lead + finding, kHanging).c_str());
}

void print_findings(const json::value& document, const std::string& of) {
  for (const json::value& finding : document.at("findings").as_array()) {
    print_finding(std::string(finding.get_string()), "chunkmark: " + of);
  }
}

}  // namespace chunkmark::cli
