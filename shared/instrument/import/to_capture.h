// Another tool's file written as a capture: the same events, stacks and what is told of its origin.
//
// Only of files that list every event: the capture file has no column for an event that stands for many blocks, and
// older readers would take such a sum for one block.
#pragma once

#include "instrument/capture/capture_writer.h"
#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

// Reads `source` whole. Errors: kUnsupported where it tells sums; kInvalidArgument of a capture. Of a file that is cut,
// what could be read is written, and no end: the capture is then cut as well.
void write_capture(capture::EventSource& source, const capture::CaptureWriter::Append& append);

}  // namespace chunkmark::imports
