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

std::string pages_text(const figures::Buffer& buffer) {
  std::string text;
  if (buffer.shared_bytes > 0) {
    text += buffer.shared_bytes == buffer.bytes
                ? ", shared memory"
                : ", " + bytes_text(static_cast<double>(buffer.shared_bytes)) + " of it shared memory";
  }
  // What a page more or less is, is not worth a word.
  if (buffer.large_bytes && *buffer.large_touched_bytes < *buffer.large_bytes / 10 * 9) {
    const std::uint64_t untouched = *buffer.large_bytes - *buffer.large_touched_bytes;
    text += ", " + bytes_text(static_cast<double>(untouched)) + " of it never touched";
  }
  return text;
}

std::string content_text(const figures::Buffer& buffer) {
  if (!buffer.content) return "";
  const figures::Content& content = *buffer.content;
  const std::string lead = content.has_array ? ", the array and " : ", ";
  switch (content.holds) {
    case figures::Holds::kArray:
      return buffer.blocks == 1 ? ", the array" : ", the array among them";
    case figures::Holds::kPartOfArray:
      return lead + "the same bytes as part of the array";
    case figures::Holds::kSameAsArray:
      return (content.has_array ? ", the array and " + bytes_text(static_cast<double>(content.same_bytes)) + " with "
                                : ", ") +
             "the same bytes" + (content.has_array ? "" : " as the array");
    case figures::Holds::kSameAsOther:
      return lead + "the same bytes as " + content.other;
    case figures::Holds::kDifferent:
      return lead + "different content";
    default:
      return "";
  }
}

std::string proven_text(const figures::CopyFigures& copy) {
  const std::uint64_t proven = copy.proven_copies.value_or(0);
  if (proven == 0) return "";
  return " (" + (proven < copy.extra_copies ? std::to_string(proven) + " of them " : std::string()) +
         "proven: the same bytes)";
}

void print_finding(const std::string& finding, const std::string& lead) {
  constexpr std::size_t kHanging = 2;
  std::fprintf(stderr, "%s\n", wrapped(lead + finding, kHanging).c_str());
}

void print_findings(const figures::Inspection& inspection, const std::string& of) {
  for (const std::string& finding : inspection.findings) print_finding(finding, "chunkmark: " + of);
}

}  // namespace chunkmark::cli
