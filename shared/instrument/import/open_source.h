// Opens whatever tells what a program did, by its content: our own captures, and files of memray, heaptrack, massif and
// DHAT.
#pragma once

#include <memory>

#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

// For CaptureFile::open. Errors: kCorrupt, naming what was expected, for files that are none of these; as the readers.
std::unique_ptr<capture::EventSource> open_source(capture::CaptureFile file);

}  // namespace chunkmark::imports
