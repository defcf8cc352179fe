// A capture of what happened between its marks "begin" and "end", for keeping and publishing.
//
// There everything is as it was, so all figures between the marks are the same. Of the memory that was alive at the
// first, each mapping and each block that is large or ends between them stands where it was made; the others are one
// block a stack, stacks of little weight folded into their callers. Other processes stay whole. The last section says
// so.
#pragma once

#include <functional>
#include <memory>

#include "instrument/capture/capture_writer.h"
#include "instrument/capture/event_source.h"

namespace chunkmark::capture {

// `open` gives the capture anew: it is read twice. Holds what is alive at the mark. Errors: kInvalidArgument without
// such a mark, kCorrupt of a capture that is cut.
void write_trimmed(const std::function<std::unique_ptr<EventSource>()>& open, const CaptureWriter::Append& append);

}  // namespace chunkmark::capture
