// CaptureProfile: a capture's figures and the columns of its main process, from one pass over the file.
#pragma once

#include "instrument/profile/capture_analysis.h"
#include "instrument/profile/columns.h"

namespace chunkmark::profile {

struct CaptureProfile {
  CaptureAnalysis analysis;
  Columns columns;
};

// As small as `coarseness` asks for. What is alive at the heap peak, at the ends of the window and at the marks is
// exact in the columns. A file that is cut or damaged, or has very many processes, takes a second pass. Errors: as
// CaptureAnalysis.
CaptureProfile read_profile(const capture::CaptureFile& file, const Coarseness& coarseness);

}  // namespace chunkmark::profile
