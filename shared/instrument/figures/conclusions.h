// Conclusions: what a capture shows of copies, in sentences: the extra copies with their buffers named, buffers of the
// array's size that came one after another, buffers that were grown by reallocation. What is to be known before
// trusting any of it stands in findings.h. Pure functions of a CaptureAnalysis.
#pragma once

#include <string>
#include <vector>

#include "instrument/figures/copy_figures.h"

namespace chunkmark::figures {

// figures: null where nothing can be said about copies of the array.
std::vector<std::string> conclusions(const profile::CaptureAnalysis& capture, const CopyFigures* figures);

// Why the operation may never have run; empty if there is no reason to think so. Where no marks tell what the operation
// is: the function of the command's own script that made the array had at most one more line that took memory, and
// nowhere was a quarter of the array's size taken. A store that needs no memory, in one line, looks the same: it is
// a suspicion. figures: of an array that was seen.
std::string suspicion(const profile::CaptureAnalysis& capture, const CopyFigures& figures);

}  // namespace chunkmark::figures
