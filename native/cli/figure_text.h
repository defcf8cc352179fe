// Figures of inspect's document as the terminal shows them: a figure that the capture cannot tell is "unknown", one
// that is so far only (see profile::Known) "at least" what was read.
#pragma once

#include <string>

#include "base/json.h"

namespace chunkmark::cli {

constexpr const char* kUnknown = "unknown";

inline double number(const json::value& figure) {
  return figure.is_number() ? figure.to_number<double>() : 0;
}

// Whether the figures that only grow are those of a part of the run.
inline bool so_far(const json::object& document) {
  return !document.at("known_until_ms").is_null();
}

// "12.3 MB" or "unknown".
std::string bytes_or_unknown(const json::value& figure);

// `text`, which begins with `figure`.
std::string at_least(const json::object& document, const json::value& figure, const std::string& text);

// One of them. `lead`: what the line begins with.
void print_finding(const std::string& finding, const std::string& lead = "chunkmark: ");

// What is to be known of a document's capture, on standard error. `of`: which one it is, where there are two.
void print_findings(const json::value& document, const std::string& of = "");

}  // namespace chunkmark::cli
