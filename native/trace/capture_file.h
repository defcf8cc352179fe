// A mapped capture that gives back its memory while it is read.
#pragma once

#include <string>

#include "instrument/capture/capture_reader.h"
#include "native/os/files.h"

namespace chunkmark::trace {

// Borrows `file`. Each reader has a copy of its own and so begins at the front.
capture::CaptureFile capture_file(const os::MappedFile& file, std::string name);

}  // namespace chunkmark::trace
