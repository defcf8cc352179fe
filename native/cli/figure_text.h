// Figures as the terminal shows them: one that the capture cannot tell is "unknown", one of the beginning of a run only
// (see profile::Known) is "at least" what was read.
#pragma once

#include <string>

#include "instrument/figures/inspection.h"

namespace chunkmark::cli {

constexpr const char* kUnknown = "unknown";

// "12.3 MB" or "unknown".
std::string bytes_or_unknown(figures::Figure bytes);

// "12" or "unknown".
std::string count_or_unknown(figures::Figure count);

// `text`, which tells figures that only grow; `known`: whether the capture tells them.
std::string at_least(const figures::Inspection& inspection, bool known, const std::string& text);

// ", shared memory" and ", 3.0 MB of it touched" where that is so of a buffer; otherwise empty.
std::string pages_text(const figures::Buffer& buffer);

// ", the same bytes as the array": what a buffer holds, for the end of its line; empty where nothing is known.
std::string content_text(const figures::Buffer& buffer);

// ", 1 of them proven to hold its bytes": of the extra copies; empty where none is.
std::string proven_text(const figures::CopyFigures& copy);

// One finding, on standard error. `lead`: what the line begins with.
void print_finding(const std::string& finding, const std::string& lead = "chunkmark: ");

// All of a capture. `of`: which capture it is, where there are two.
void print_findings(const figures::Inspection& inspection, const std::string& of = "");

}  // namespace chunkmark::cli
