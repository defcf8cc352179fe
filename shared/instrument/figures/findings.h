// Findings: what a reader must know of a capture before trusting its figures, in sentences.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "instrument/profile/capture_analysis.h"

namespace chunkmark::figures {

// What is wrong with the marks; empty when there are none, or one "begin" and one "end" behind it.
std::string find_marks_problem(const profile::CaptureAnalysis& capture);

// Everything that the capture itself gives reason for. array_bytes: what was asked for, or 0.
std::vector<std::string> find_findings(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes);

}  // namespace chunkmark::figures
