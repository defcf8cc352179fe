// Source lines of the traced program, read from the files that its frames name.
#pragma once

#include <string>

#include "report/source_lines.h"

namespace chunkmark::cli {

// Reads program text, by its extension, at absolute paths (and Chunkmark's own, in a build tree) of regular files that
// were not changed since `started`, the start of the capture ("2026-11-22T10:00:00Z"): a line of a newer file may be
// another line. Empty `started`: it is not known, so nothing is read.
report::SourceReader source_files(std::string started);

}  // namespace chunkmark::cli
